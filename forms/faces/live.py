"""What a browser needs to show and hide the questions of a page that holds a whole questionnaire.

The page works without it: the server asks the same rules again and drops what does not apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forms.expression import Expression
from forms.model import Questionnaire
from forms.program import program
from forms.syntax import below
from forms.tree import tree

#: Instead of a tree: the server decides, the question is shown.
UNKNOWN = 1


@dataclass(frozen=True, slots=True)
class Live:
    """``steps``: page by page ``[relevant, [[name, relevant] ...], [[name, calculation,
    relevant] ...]]``, 0 where there is no rule; ``reads``: names and calls of the context."""

    steps: tuple[Any, ...]
    reads: frozenset[str]


def live(q: Questionnaire) -> Live | None:
    """The rules of a questionnaire that is asked on one page; None if it has none to send."""
    return q.once("live", lambda: _live(q))


def _live(q: Questionnaire) -> Live | None:
    rules, sent = program(q), []
    kept: set[str] = set()
    calls: set[str] = set()

    def packed(rule: Expression | None) -> Any:
        if rule is None:
            return 0
        made = tree(rule.node)
        if made is None:
            return UNKNOWN
        kept.update(rule.names)
        calls.update(f"{x.op}()" for x in below(rule.node) if x.op in ("today", "now"))
        return made

    def calculated(rows: Any) -> list[Any]:
        found = []
        for row in rows:
            relevant = packed(rules.relevant.get(row.name))
            found.append([row.name, packed(rules.calculation[row.name]), relevant])
        return found

    first = [0, [], calculated(rules.first)]
    for step in rules.steps:
        questions = [[each.name, packed(rule)] for each, rule in step.questions]
        sent.append([packed(step.relevant), questions, calculated(step.variables)])
    if not any(page or any(rule for _, rule in asked) for page, asked, _ in sent):
        return None
    steps = tuple(_needed(page, asked, made, kept) for page, asked, made in (first, *sent))
    return Live(tuple(step for step in steps if any(step)), frozenset(kept | calls))


def _needed(page: Any, asked: list[Any], made: list[Any], kept: set[str]) -> list[Any]:
    """Without questions that no rule reads and that always apply."""
    return [page, [each for each in asked if page or each[1] or each[0] in kept], made]
