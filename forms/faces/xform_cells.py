"""Cells of an XForm's sheets."""

from __future__ import annotations

from collections.abc import Iterator

from forms.model import Kind, Question, Section, Text

Row = dict[str, str]


def texts_of(row: Section | Question) -> Iterator[Text]:
    for column in ("labels", "hints", "guidance", "required_messages", "constraint_messages"):
        yield getattr(row, column, {})
    for choice in getattr(row, "choices", ()):
        yield choice.labels


def parameters(question: Question) -> str:
    """A range's limits; what else stands there is ours, and no field client knows it."""
    known = question.parameters.items() if question.kind is Kind.RANGE else ()
    return " ".join(f"{key}={value}" for key, value in known)


def filled(row: Row) -> Row:
    return {key: text for key, text in row.items() if text}
