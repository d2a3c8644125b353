"""The first rows of a file, before anybody has said what its columns are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from survey.domain.frame_fields import suggest
from survey.domain.frame_layout import Layout
from survey.domain.text import clean_line
from survey.services.frames import staging
from survey.services.frames.xlsx_rows import XlsxRows

#: Rows that are looked through for the headings, which may stand below a title.
LOOKED_AT = 30
ROWS = 8


@dataclass(frozen=True, slots=True)
class Preview:
    sheets: tuple[str, ...]
    sheet: str
    heading_row: int
    headings: tuple[str, ...]
    #: (number, cells) of the first rows below the headings, as many cells as headings.
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    #: Field -> heading, where the heading says by itself what it is.
    suggested: dict[str, str]


def of(path: Path, *, sheet: str = "", heading_row: int | None = None) -> Preview:
    """Raises InvalidInput for a file that is no list."""
    with path.open("rb") as file:
        start = file.read(len(staging.ZIP))
        workbook = start == staging.ZIP
        reader = XlsxRows(file, sheet) if workbook else staging.rows_of(file, Layout())
        found = [(n, [clean_line(cell) for cell in cells]) for n, cells in _first(reader)]
        sheets = tuple(reader.book.sheets) if isinstance(reader, XlsxRows) else ()
    number = heading_row or _likely(found)
    headings: Sequence[str] = next((cells for n, cells in found if n >= number), ())
    number = next((n for n, _cells in found if n >= number), number)
    width = len(headings)
    below = [(n, tuple((cells + [""] * width)[:width])) for n, cells in found if n > number]
    return Preview(
        sheets,
        sheet or (sheets[0] if sheets else ""),
        number,
        tuple(headings),
        tuple(below[:ROWS]),
        suggest(headings),
    )


def layout(seen: Preview) -> Layout:
    """What the headings suggest, to be completed by a person."""
    return Layout(heading_row=seen.heading_row, columns=dict(seen.suggested))


def _first(reader) -> list[tuple[int, list[str]]]:
    return list(islice(reader.rows(), LOOKED_AT + ROWS))


def _likely(rows: Sequence[tuple[int, list[str]]]) -> int:
    """The row whose cells are known headings most often; else the first one."""
    best, number = 0, rows[0][0] if rows else 1
    for n, cells in rows[:LOOKED_AT]:
        known = len(suggest(cells))
        if known > best:
            best, number = known, n
    return number
