"""One respondent's answers as the values of a codebook's variables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from forms import routing, values
from forms.expression import OPEN
from forms.faces.codebook import (
    BLANK,
    MISSING_RANGE,
    NOT_ASKED,
    PLACE,
    SKIPPED,
    Storage,
    Variable,
)
from forms.faces.workings import workings
from forms.model import Kind, Questionnaire

Cell = int | float | str | date | None


class CodingError(ValueError):
    """An answer that no code can stand for; ``facts`` name the question and the value."""

    def __init__(self, code: str, **facts: Any) -> None:
        self.code, self.facts = code, facts
        super().__init__(f"{code}: {facts}")


def coder(
    q: Questionnaire, columns: Sequence[Variable]
) -> Callable[[Mapping[str, Any], Mapping[str, Any]], list[Cell]]:
    """Make the function that codes answers to one version of a questionnaire.

    Parameters
    ----------
    q : Questionnaire
        The version that was answered.
    columns : sequence of Variable
        Columns of the file, which may come from another version too: what this version does not
        ask has the code of "not asked".

    Returns
    -------
    callable
        ``code(answers, context)``: the cells in the order of ``columns``.  A text or a day that
        is missing is None: those columns have no codes.

    Raises
    ------
    CodingError
        From the returned function: ``coding.unknown_option``, ``coding.reserved_number`` (a
        number among the codes of reasons), ``coding.not_a_day``.
    """
    known = {question.name for question in q} | {each.row.name for each in workings(q)}
    readers = [_reader(column) for column in columns]
    asked = [column.question.name in known for column in columns]

    def code(answers: Mapping[str, Any], context: Mapping[str, Any]) -> list[Cell]:
        applied, env = routing.stored(q, answers, context)
        cells: list[Cell] = []
        for column, read, here in zip(columns, readers, asked, strict=True):
            name = column.question.name
            value = _worked_out(env.get(name)) if column.is_worked_out else answers.get(name)
            if not routing.is_blank(value):
                cells.append(read(value))
            elif column.storage in (Storage.TEXT, Storage.DAY):
                cells.append(None)
            else:
                reason = BLANK if name in applied or column.is_worked_out else SKIPPED
                cells.append(column.missing_code(reason if here else NOT_ASKED))
        return cells

    return code


def _worked_out(value: Any) -> Any:
    """A calculation's value as answers are stored; what is no number is a blank."""
    if value is OPEN or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, bool):
        return int(value)
    return value if value is None or isinstance(value, (int, float)) else values.string(value)


def _reader(column: Variable) -> Callable[[Any], Cell]:
    if column.option:
        return _SPREAD[column.question.kind](column)
    if column.storage is Storage.CODE:
        return _coded(column)
    return {Storage.NUMBER: _number, Storage.DAY: _day, Storage.TEXT: _text}[column.storage](column)


def _ticked(column: Variable) -> Callable[[Any], Cell]:
    option = column.option
    reasons = {code.option: code.value for code in column.missing if code.option}

    def read(value: Any) -> Cell:
        reason = next((reasons[name] for name in value if name in reasons), None)
        return int(option in value) if reason is None else reason

    return read


def _ranked(column: Variable) -> Callable[[Any], Cell]:
    def read(value: Any) -> Cell:
        # An option of another version has no place in this answer.
        if column.option not in value:
            return column.missing_code(NOT_ASKED)
        return value.index(column.option) + 1

    return read


def _placed(column: Variable) -> Callable[[Any], Cell]:
    """One number of ``latitude longitude [altitude accuracy]``."""
    place = list(PLACE).index(column.option)

    def read(value: Any) -> Cell:
        parts = value.split()
        return float(parts[place]) if place < len(parts) else column.missing_code(BLANK)

    return read


def _coded(column: Variable) -> Callable[[Any], Cell]:
    codes = {code.option: code.value for code in (*column.codes, *column.missing) if code.option}

    def read(value: Any) -> Cell:
        try:
            return codes[value]
        except (KeyError, TypeError):
            raise CodingError(
                "coding.unknown_option", question=column.question.name, value=value
            ) from None

    return read


def _number(column: Variable) -> Callable[[Any], Cell]:
    low, high = (column.missing_code(end) for end in MISSING_RANGE)

    def read(value: Any) -> Cell:
        if low <= value <= high:
            raise CodingError("coding.reserved_number", question=column.name, value=value)
        return value

    return read


def _day(column: Variable) -> Callable[[Any], Cell]:
    def read(value: Any) -> Cell:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise CodingError("coding.not_a_day", question=column.name, value=value) from None

    return read


def _text(column: Variable) -> Callable[[Any], Cell]:
    def read(value: Any) -> Cell:
        if isinstance(value, str):
            return value
        return " ".join(map(str, value)) if isinstance(value, list) else str(value)

    return read


_SPREAD: Mapping[Kind, Callable[[Variable], Callable[[Any], Cell]]] = {
    Kind.SELECT_MULTIPLE: _ticked,
    Kind.RANK: _ranked,
    Kind.GEOPOINT: _placed,
}
