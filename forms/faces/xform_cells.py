"""Cells of an XForm's sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from forms.model import FILES, Kind, Question, Section, Text

Row = dict[str, str]


def texts_of(row: Section | Question) -> Iterator[Text]:
    for column in ("labels", "hints", "guidance", "required_messages", "constraint_messages"):
        yield getattr(row, column, {})
    for choice in getattr(row, "choices", ()):
        yield choice.labels


def parameters(question: Question) -> str:
    """What a field client knows of them: a range's limits, how a file is taken; nothing of ours."""
    is_known = question.kind in (Kind.RANGE, Kind.GEOPOINT) or question.kind in FILES
    known = question.parameters.items() if is_known else ()
    return " ".join(f"{key}={value}" for key, value in known)


def shown(texts: Callable[[str, Text], Row], media: Mapping[str, Text]) -> Row:
    """The cells of what a row shows beside its label."""
    found: Row = {}
    for column, names in media.items():
        found |= texts(f"media::{column}", names)
    return found


def filled(row: Row) -> Row:
    return {key: text for key, text in row.items() if text}
