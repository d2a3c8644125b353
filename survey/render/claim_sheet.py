"""The form in which units claim points, as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter


def workbook(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """One sheet; texts stay texts (codes, formulas), an empty cell stays empty."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet("tu-cham-diem")
    for number, row in enumerate((head, *rows)):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write_number(number, column, value)
    book.close()
    return made.getvalue()
