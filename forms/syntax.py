"""A rule's syntax tree: nodes with the type of their value, and what a rule may look at.

The same tree is compiled for Python (``forms.compiler``), sent to the browser (``forms.tree``) and
written back for ODK's programs (``forms.faces.xform_rules``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.model import Text
from forms.tables import Table

#: Name of the answer being checked.
CURRENT = "."
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
ARITHMETIC = frozenset({"+", "-", "*", "div", "mod"})
#: Types that are compared by the calendar or the clock.
TEMPORAL = frozenset({"date", "datetime", "time"})


class ExpressionError(ValueError):
    """A rule that cannot be read, or that met a value it cannot work with.

    ``code`` is stable and a key of ``forms.messages``; ``facts`` fill the message.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        self.code = code
        self.facts = facts
        super().__init__(f"{code}: {facts}")


@dataclass(frozen=True, slots=True)
class Node:
    """One part of a rule.

    ``op`` is ``literal``, ``answer``, ``current``, ``column``, ``each`` (a question in every round
    of a repeat), ``rounds`` (the repeat itself), ``rows`` (of a table), ``negative``, an operator,
    or a function's name; ``value`` is what it names, ``kind`` the type of its value.
    """

    op: str
    kind: str
    parts: tuple[Node, ...] = ()
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class World:
    """What of a questionnaire a rule may look at besides answers.

    ``repeats`` maps a question to the repeat that it is in, ``inside`` is the repeat that the rule
    itself stands in; ``labels`` has the labels of a question's options by name.
    """

    repeats: Mapping[str, str] = field(default_factory=dict)
    inside: str = ""
    tables: Mapping[str, Table] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    language: str = "vi"


def below(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    yield node
    for part in node.parts:
        yield from below(part)


def common(parts: tuple[Node, ...]) -> str:
    """The type that all parts have; ``any`` if they differ."""
    kinds = {part.kind for part in parts}
    return kinds.pop() if len(kinds) == 1 else "any"
