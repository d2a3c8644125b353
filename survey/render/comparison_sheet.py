"""The comparison with the earlier wave as a sheet of the workbook."""

from __future__ import annotations

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from survey.render.comparison import HEADINGS, Comparison, note, statement

NAMES = {"vi": "So với đợt trước", "en": "Earlier wave"}
_FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}
_COLUMNS = (
    "name", "now", "before", "difference", "difference_low", "difference_high", "p_value", "note",
)  # fmt: skip
_TITLES = {"difference_low": "interval", "difference_high": "interval"}
_WIDTHS = {"name": 26, "note": 70}


def write(book: Workbook, sheet: Worksheet, found: Comparison, language: str, warning: str) -> None:
    """Statement first, then one row a unit; differences in points of percent."""
    bold = book.add_format(_FONT | {"bold": True, "text_wrap": True, "bottom": 1})
    plain = book.add_format(_FONT | {"text_wrap": True})
    share = book.add_format(_FONT | {"num_format": "0.0%"})
    chance = book.add_format(_FONT | {"num_format": "0.000"})
    adjusted = found.adjusted()
    points = book.add_format(_FONT | {"num_format": "+0.0;\u22120.0;0.0"})
    sheet.merge_range(0, 0, 0, len(_COLUMNS) - 1, statement(found, language), plain)
    sheet.set_row(0, 58)
    if warning:
        sheet.write_string(1, 0, warning, bold)
    for place, column in enumerate(_COLUMNS):
        sheet.write_string(3, place, HEADINGS[_TITLES.get(column, column)][language], bold)
        sheet.set_column(place, place, _WIDTHS.get(column, 12))
    for number, row in enumerate(found.rows, start=4):
        sheet.write_string(number, 0, row.name, plain)
        for place, column in enumerate(_COLUMNS[1:-1], start=1):
            if column == "p_value":
                value = adjusted.get((row.unit_code, row.valid_from))
                if value is not None:
                    sheet.write_number(number, place, value, chance)
                continue
            value = getattr(row, column)
            is_share = column in ("now", "before")
            if value is not None:
                shown = value if is_share else 100 * value
                sheet.write_number(number, place, shown, share if is_share else points)
        sheet.write_string(number, len(_COLUMNS) - 1, note(row, language), plain)
    sheet.freeze_panes(4, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
