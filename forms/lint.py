"""All faults of a questionnaire's rules and references at once, each with its cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from forms import dialect, grammar, technique
from forms.expression import CURRENT, Expression, ExpressionError
from forms.faults import Fault, fault
from forms.model import FILES, Cell, Cells, Question, Questionnaire
from forms.program import TYPES, Program, build

#: Columns of texts, and where a row keeps them.
_TEXTS = {
    "label": "labels",
    "hint": "hints",
    "guidance_hint": "guidance",
    "required_message": "required_messages",
    "constraint_message": "constraint_messages",
}
_NOWHERE = Cell("survey", 1, 1)


def faults(q: Questionnaire, withheld: Collection[str] = ()) -> list[Fault]:
    """Check what the reader cannot see row by row: names, rules, and what they look at.

    ``withheld`` are names of rows that the reader already refused: referring to them is no second
    fault.  Warnings (``is_error`` False) are in the list too.
    """
    found: list[Fault] = []

    def report(cells: Cells, column: str, error: ExpressionError) -> None:
        if error.facts.get("name") not in withheld:
            cell = cells.get(column, next(iter(cells.values()), _NOWHERE))
            found.append(fault(error.code, cell, **error.facts))

    rules = build(q, report)
    found += _references(q, withheld)
    found += _ahead(q, rules)
    found += _filter_columns(q, rules)
    found += _unknown_choices(q, rules)
    found += _defaults(q, rules)
    found += technique.faults(q)
    return found


def _references(q: Questionnaire, withheld: Collection[str]) -> Iterator[Fault]:
    """Names in labels that no row has."""
    known = {each.name for each in (*q, *q.variables) if each.kind not in FILES} | set(withheld)
    for row in (*q.sections, *q):
        for column, place in _TEXTS.items():
            for language, text in getattr(row, place, {}).items():
                for name in grammar.references(text):
                    if name not in known:
                        cell = row.cells.get(f"{column}::{language}", _NOWHERE)
                        yield fault("expression.unknown_name", cell, name=name)
    yield from _triggers(q, known)
    yield from _labels_of_choices(q, known)


def _triggers(q: Questionnaire, known: Collection[str]) -> Iterator[Fault]:
    for row in q.variables:
        for name in grammar.references(row.trigger):
            if name not in known:
                yield fault("expression.unknown_name", row.cells["trigger"], name=name)
            elif name in {each.name for each in q.variables}:
                yield fault("row.trigger_unseen", row.cells["trigger"], name=name)


def _labels_of_choices(q: Questionnaire, known: Collection[str]) -> Iterator[Fault]:
    choices = {id(each): each for row in q for each in row.choices if each.cells}
    for choice in choices.values():
        for language, text in choice.labels.items():
            for name in grammar.references(text):
                if name not in known:
                    cell = choice.cells.get(f"label::{language}", choice.cells["name"])
                    yield fault("expression.unknown_name", cell, name=name)


def _ahead(q: Questionnaire, rules: Program) -> Iterator[Fault]:
    """Pages and questions that depend on what is asked only on the same or a later page."""
    for index, section in enumerate(q.sections):
        relevant = rules.steps[index].relevant
        names = set(relevant.names if relevant else ())
        names.update(*map(grammar.references, section.labels.values()))
        yield from _late(section.cells, "relevant", rules.sources(names), index, rules)
        for question in section.questions:
            looks = rules.looks_at(question)
            yield from _late(question.cells, _column(question), looks, index, rules)


def _late(
    cells: Cells, column: str, names: Collection[str], index: int, rules: Program
) -> Iterator[Fault]:
    for name in sorted(names):
        if rules.position.get(name, -1) >= index:
            cell = cells.get(column, next(iter(cells.values()), _NOWHERE))
            yield fault("expression.looks_ahead", cell, name=name)


def _unknown_choices(q: Questionnaire, rules: Program) -> Iterator[Fault]:
    """Comparisons of a select answer with a text that is none of its options."""
    options = {each.name: each.choice_by_name for each in q if each.choices}
    rows: list[tuple[str, Cells, str, Expression | None]] = [
        (step.section.name, step.section.cells, "relevant", step.relevant) for step in rules.steps
    ]
    rows.append(("", q.cells, "eligibility", rules.eligibility))
    for each in (*q, *q.variables):
        for column in ("relevant", "required", "constraint", "choice_filter", "calculation"):
            rows.append((each.name, each.cells, column, getattr(rules, column).get(each.name)))
    for own, cells, column, rule in rows:
        for name, text in sorted(rule.compared) if rule else ():
            name = own if name == CURRENT else name
            # Several chosen names read as one text with blanks between.
            for word in text.split() if name in options else ():
                if word not in options[name]:
                    cell = cells.get(column, _NOWHERE)
                    yield fault("expression.unknown_choice", cell, name=name, choice=word)


def _defaults(q: Questionnaire, rules: Program) -> Iterator[Fault]:
    """Defaults that are worked out and are no answer to their question."""
    for name, rule in rules.default.items():
        question = q.question(name)
        wanted = TYPES.get(question.kind, "string")
        if wanted != "string" and rule.type not in (wanted, "any"):
            cell = question.cells.get("default", _NOWHERE)
            yield fault("row.default_type", cell, value=question.default, type=str(question.kind))


def _column(question: Question) -> str:
    """The column to point at: the rule if there is one, else the text."""
    return next((c for c in ("relevant", "choice_filter") if getattr(question, c)), "name")


def _filter_columns(q: Questionnaire, rules: Program) -> Iterator[Fault]:
    """Further columns of the choices sheet that no choice_filter reads: remarks, if not of ODK."""
    used = {name for rule in rules.choice_filter.values() for name in rule.columns}
    filters_fail = any(each.choice_filter and each.name not in rules.choice_filter for each in q)
    if filters_fail:  # its own fault is reported; what it reads is not known
        return
    seen = set()
    for choice in (choice for each in q for choice in each.choices):
        # A list in a file is often used for other things too: its columns are its own.
        for header in choice.columns.keys() - used - seen if choice.cells else ():
            seen.add(header)
            cell = choice.cells.get(header) or choice.cells["name"]
            code = "column.unknown" if header in dialect.ELSEWHERE else "choice.column_unused"
            is_error = header in dialect.ELSEWHERE
            yield fault(code, Cell(cell.sheet, 1, cell.column), is_error=is_error, name=header)
