"""A questionnaire's sheets as the workbook that its author would write."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

import xlsxwriter

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
#: Widths of columns in letters: those of texts, and others.
_WIDE, _NARROW = 44, 16
_MADE = datetime.combine(date(2023, 1, 1), time())


def questionnaire_xlsx(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """One workbook with a frozen first row; every cell is text, so that codes stay as written."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        book.set_properties({"created": _MADE})  # else the clock makes each file another one
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(rows[0]):
                is_text = title.startswith(("label", "hint", "form_title"))
                sheet.set_column(column, column, _WIDE if is_text else _NARROW)
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    if text:
                        sheet.write_string(number, column, text, plain if number else head)
    return out.getvalue()
