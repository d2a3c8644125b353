"""Calculations that the stored answers alone decide, and can therefore be worked out again."""

from __future__ import annotations

from dataclasses import dataclass

from forms.expression import Expression
from forms.model import Kind, Question, Questionnaire
from forms.program import Program, program
from forms.syntax import below

#: Calls whose value is not kept with an answer: the moment and chance.
_PASSING = frozenset({"now", "random", "uuid", "randomize"})


@dataclass(frozen=True, slots=True)
class Working:
    """A calculation that can be worked out again; ``type`` is that of its value."""

    row: Question
    type: str
    #: Whether it looks at a place or a text, which may tell who somebody is.
    is_private: bool


def workings(q: Questionnaire) -> tuple[Working, ...]:
    """Calculations that look at answers and the day alone, in the order of the sheet.

    What looks at a hidden row (the case), the moment or chance is not among them: none of these
    is kept with an answer.  Nor is what a trigger works out, which depends on when that was.
    """
    rules = program(q)
    found: dict[str, Working] = {}
    for name in rules.position:  # inputs stand before those that use them
        row = next((each for each in q.variables if each.name == name), None)
        if row is not None and name in rules.calculation and _is_kept(row, rules, found):
            sources = [q.question(x) for x in rules.sources([name]) if x not in rules.days]
            private = any(each.kind in (Kind.GEOPOINT, Kind.TEXT) for each in sources)
            found[name] = Working(row, rules.calculation[name].type, private)
    return tuple(found[row.name] for row in q.variables if row.name in found)


def _is_kept(row: Question, rules: Program, found: dict[str, Working]) -> bool:
    if row.trigger:
        return False
    for rule in (rules.calculation[row.name], rules.relevant.get(row.name)):
        if rule is not None and not _looks_at_kept(rule, rules, found):
            return False
    return True


def _looks_at_kept(rule: Expression, rules: Program, found: dict[str, Working]) -> bool:
    if any(node.op in _PASSING for node in below(rule.node)):
        return False
    gone = (set(rules.hidden) - set(rules.days)) | (rules.calculation.keys() - found.keys())
    return not gone & rule.names
