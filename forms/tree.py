"""A rule's syntax tree as plain lists, for the evaluator in the browser (``static/js/live.js``).

``[op, kind, value, part, part ...]``: what ``forms.compiler`` makes closures of, node by node.
"""

from __future__ import annotations

from typing import Any

from forms import functions
from forms.geography import GEOGRAPHY
from forms.syntax import ARITHMETIC, COMPARISONS, Node, below

#: Functions of many nodes, rounds or rows, alone.
OF_NODES = frozenset({"count", "count-non-empty", "sum"})
#: What the browser evaluates.  Left to the server: chance (a respondent's seed does not travel),
#: places, hashes (a browser has none that answers at once), rounds of repeats and lists.
SENT = frozenset(
    {
        *COMPARISONS,
        *ARITHMETIC,
        *(functions.PLAIN.keys() - GEOGRAPHY.keys() - OF_NODES - {"digest"}),
        *("literal", "answer", "current", "and", "or", "negative"),
        *("if", "coalesce", "once", "regex", "today", "now"),
    }
)


def tree(node: Node) -> list[Any] | None:
    """The lists of a node, or None where a part of it is left to the server."""
    if any(each.op not in SENT or each.kind == "nodes" for each in below(node)):
        return None
    return _lists(node)


def _lists(node: Node) -> list[Any]:
    return [node.op, node.kind, node.value, *map(_lists, node.parts)]
