"""CSV that Excel and R read alike: UTF-8 with a byte order mark, a decimal point, CRLF."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from survey.render.microdata.columns import Cell, Column, Rows

#: What a spreadsheet would take for the beginning of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write(path: Path, columns: Sequence[Column], rows: Rows) -> int:
    """Write the rows; return how many.  A text that looks like a formula gets an apostrophe."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        return write_rows(writer, rows)


def write_rows(writer, rows: Rows) -> int:
    n = 0
    for row in rows:
        writer.writerow([shown(cell) for cell in row])
        n += 1
    return n


def shown(cell: Cell) -> str | int | float:
    """A cell as CSV has it; numbers keep every digit."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
    return cell.isoformat() if isinstance(cell, date) else repr(cell)
