"""What a person chooses on a page: a column for each field, a code for each word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from survey.domain.frame_fields import (
    APPLICANT_TITLES,
    FIELDS,
    RESULT_TITLES,
    FrameField,
    letters,
)
from survey.domain.frame_layout import DATE_ORDERS, REPEATED, Layout
from survey.domain.text import clean_line
from survey.services.frames import layouts, preview, uploads
from survey.services.frames.preview import Preview
from survey.services.frames.uploads import UploadView
from survey.store import units, waves

#: Words of one field that are shown at once; the next check shows the rest.
MOST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    #: How often the last check met it; 0: it has its code already.
    n: int
    code: str


@dataclass(frozen=True, slots=True)
class Choice:
    field: FrameField
    #: What is chosen: "@C" for column C, "=code" for one value, "" for none.
    value: str
    #: (code, title) that may stand for the whole file, or be what a word means.
    codes: Sequence[tuple[str, Mapping[str, str] | str]]
    words: Sequence[Word]


@dataclass(frozen=True, slots=True)
class ColumnsPage:
    upload: UploadView
    seen: Preview
    layout: Layout
    choices: Sequence[Choice]
    #: Column letters and headings, in order.
    columns: Sequence[tuple[str, str]]
    saved: Sequence[str]


def page(session: Session, slug: str, upload_id: int, *, folder: Path) -> ColumnsPage | None:
    """None once the file is gone.  Raises NotFound, InvalidInput (a file that is no list)."""
    upload = uploads.get(session, slug, upload_id, folder=folder)
    if upload.path is None:
        return None
    chosen = upload.layout
    seen = preview.of(
        upload.path, sheet=chosen.sheet, heading_row=chosen.heading_row if upload.chosen else None
    )
    layout = chosen if upload.chosen else preview.layout(seen)
    codes = _codes(session, slug)
    unknown = upload.report.get("unknown", {})
    return ColumnsPage(
        upload,
        seen,
        layout,
        [_choice(field, layout, seen, codes.get(field.name, ()), unknown) for field in FIELDS],
        [(letters(i), heading) for i, heading in enumerate(seen.headings)],
        [each.layout.name for each in layouts.every(session)],
    )


def layout_from(form: Mapping[str, str], headings: Sequence[str]) -> Layout:
    """The layout that a sent form describes.  Raises InvalidInput."""
    columns, constants = {}, {}
    for field in FIELDS:
        value = form.get(f"col-{field.name}", "")
        if value.startswith("@"):
            columns[field.name] = _named(value, headings)
        elif value.startswith("="):
            constants[field.name] = value[1:]
    row = form.get("heading_row", "1")
    data: dict[str, Any] = {
        "name": clean_line(form.get("name", "")),
        "sheet": clean_line(form.get("sheet", "")),
        "heading_row": int(row) if row.isdecimal() and len(row) < 8 else 0,
        "columns": columns,
        "constants": constants,
        "values": _values(form),
        "date_order": form.get("date_order", DATE_ORDERS[0]),
        "repeated": form.get("repeated", REPEATED[0]),
        "official_phones": [
            text for line in form.get("official_phones", "").splitlines() if (text := line.strip())
        ],
    }
    return Layout.from_dict(data)


def with_other_rows(layout: Layout, *, sheet: str, heading_row: int) -> Layout:
    """Another sheet or heading row: the columns are suggested anew."""
    return replace(layout, sheet=sheet, heading_row=heading_row, columns={}, constants={})


def fitted(layout: Layout, headings: Sequence[str]) -> Layout:
    """A saved layout on this file: columns that are not there are left to be chosen."""
    cleaned = {clean_line(heading).casefold() for heading in headings}
    kept = {
        field: heading
        for field, heading in layout.columns.items()
        if heading.casefold() in cleaned or heading.startswith("@")
    }
    return replace(layout, columns=kept)


def _choice(
    field: FrameField,
    layout: Layout,
    seen: Preview,
    codes: Sequence[tuple[str, Any]],
    unknown: Mapping[str, Mapping[str, int]],
) -> Choice:
    value = ""
    if field.name in layout.constants:
        value = "=" + layout.constants[field.name]
    elif field.name in layout.columns:
        value = _letter(layout.columns[field.name], seen.headings)
    known = layout.values.get(field.name, {})
    words = [
        Word(text, n, "") for text, n in unknown.get(field.name, {}).items() if text not in known
    ]
    words += [Word(text, 0, code) for text, code in known.items()]
    return Choice(field, value, codes, words[:MOST_WORDS] if field.words else ())


def _codes(session: Session, slug: str) -> dict[str, list[tuple[str, Any]]]:
    wave = waves.get(session, slug)
    return {
        "unit_code": [(u.code, f"{u.code} {u.name}") for u in units.of_wave(session, wave.id)],
        "field": list(wave.settings["fields"].items()),
        "channel": list(wave.settings["channels"].items()),
        "applicant": list(APPLICANT_TITLES.items()),
        "result": list(RESULT_TITLES.items()),
    }


def _values(form: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for field in FIELDS:
        for i in range(MOST_WORDS):
            text = clean_line(form.get(f"word-{field.name}-{i}", ""))
            code = form.get(f"code-{field.name}-{i}", "")
            if text and code:
                found.setdefault(field.name, {})[text] = code
    return found


def _named(value: str, headings: Sequence[str]) -> str:
    """A heading is kept where it is one of its kind: next year the column may stand elsewhere."""
    at = {f"@{letters(i)}": heading for i, heading in enumerate(headings)}
    heading = at.get(value, "")
    same = [each for each in headings if each.casefold() == heading.casefold()]
    return heading if heading and len(same) == 1 and not heading.startswith("@") else value


def _letter(heading: str, headings: Sequence[str]) -> str:
    if heading.startswith("@"):
        return heading
    found = [i for i, each in enumerate(headings) if each.casefold() == heading.casefold()]
    return f"@{letters(found[0])}" if found else ""
