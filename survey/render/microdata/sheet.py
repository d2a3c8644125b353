"""A workbook of rows: texts stay texts, whatever they begin with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import xlsxwriter

from survey.render.microdata.columns import Cell, Column, DoesNotFit, Rows

#: Rows and columns of a sheet, the heading included.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
#: Letters in a cell; a questionnaire takes far shorter texts.
MOST_LETTERS = 32_767


def write(path: Path, columns: Sequence[Column], rows: Rows, *, title: str, on: date) -> int:
    """Write the rows to one sheet and the meaning of the columns to a second; return how many.

    Raises DoesNotFit ``sheet.rows``, ``sheet.columns``.
    """
    if len(columns) > MOST_COLUMNS:
        raise DoesNotFit("sheet.columns", len(columns), MOST_COLUMNS)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
        # A million wide rows are more than 4 GB before packing; smaller files do not change.
        "use_zip64": True,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": title, "created": datetime.combine(on, time())})
        heading = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("microdata")
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.name, heading)
        n = 0
        for n, row in enumerate(rows, 1):  # noqa: B007  (counted here)
            if n >= MOST_ROWS:
                raise DoesNotFit("sheet.rows", n, MOST_ROWS - 1)
            for place, cell in enumerate(row):
                _put(sheet, n, place, cell, day)
        _meaning(book.add_worksheet("codebook"), columns, heading)
    return n


def _put(sheet, row: int, place: int, cell: Cell, day) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, place, cell[:MOST_LETTERS])
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, datetime.combine(cell, time()), day)
    else:
        sheet.write_number(row, place, cell)


def _meaning(sheet, columns: Sequence[Column], heading) -> None:
    for place, name in enumerate(("name", "label", "code", "meaning", "missing")):
        sheet.write_string(0, place, name, heading)
    row = 0
    for column in columns:
        row += 1
        sheet.write_string(row, 0, column.name)
        sheet.write_string(row, 1, column.label[:MOST_LETTERS])
        for codes, missing in ((column.values, 0), (column.missing, 1)):
            for code, label in codes.items():
                row += 1
                sheet.write_string(row, 0, column.name)
                sheet.write_number(row, 2, code)
                sheet.write_string(row, 3, label[:MOST_LETTERS])
                sheet.write_number(row, 4, missing)
