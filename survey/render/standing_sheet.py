"""How sure the ranking is, as a sheet of the workbook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from survey.render.table import ResultTable, Text

NAMES: Text = {"vi": "Độ chắc chắn", "en": "How sure"}
_FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}
#: Key in the record -> heading, number format.
_COLUMNS: Mapping[str, tuple[Text, str]] = {
    "rank": ({"vi": "Hạng", "en": "Rank"}, "0"),
    "lower": ({"vi": "Hạng có thể giữ: từ", "en": "Possible rank: from"}, "0"),
    "upper": ({"vi": "Hạng có thể giữ: đến", "en": "Possible rank: to"}, "0"),
    "drawn_low": ({"vi": "Hạng khi rút lại: từ", "en": "Drawn again: from"}, "0"),
    "drawn_high": ({"vi": "Hạng khi rút lại: đến", "en": "Drawn again: to"}, "0"),
    "weights_low": ({"vi": "Hạng khi đổi trọng số: từ", "en": "Other weights: from"}, "0"),
    "weights_high": ({"vi": "Hạng khi đổi trọng số: đến", "en": "Other weights: to"}, "0"),
    "model": ({"vi": "Hài lòng theo mô hình", "en": "Satisfied, model"}, "0.0%"),
    "model_rmse": ({"vi": "RMSE của mô hình", "en": "RMSE of the model"}, "0.0%"),
}
_CHANCE: Text = {"vi": "Xác suất: ", "en": "Chance: "}
_UNIT: Text = {"vi": "Đơn vị", "en": "Unit"}


def write(
    book: Workbook, table: ResultTable, content: Mapping[str, Any], language: str, warning: str
) -> None:
    """One row a unit, in the order of the table."""
    sheet: Worksheet = book.add_worksheet(NAMES[language])
    bold = book.add_format(_FONT | {"bold": True, "text_wrap": True, "bottom": 1})
    plain = book.add_format(_FONT)
    formats = {shape: book.add_format(_FONT | {"num_format": shape}) for shape in ("0", "0.0%")}
    heads = [_UNIT[language], *(title[language] for title, _ in _COLUMNS.values())]
    heads += [_CHANCE[language] + band[language] for band in content["bands"]]
    if warning:
        sheet.write_string(0, 0, warning, bold)
    for place, head in enumerate(heads):
        sheet.write_string(1, place, head, bold)
    sheet.set_row(1, 62)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, len(heads) - 1, 13)
    for number, row in enumerate(table.rows, start=2):
        own = content["units"].get(f"{row.unit_code}@{row.valid_from}", {})
        sheet.write_string(number, 0, row.name, plain)
        figures = [(own.get(key), shape) for key, (_, shape) in _COLUMNS.items()]
        figures += [(chance, "0.0%") for chance in own.get("bands", [])]
        for place, (value, shape) in enumerate(figures, start=1):
            if value is not None:
                sheet.write_number(number, place, value, formats[shape])
    sheet.freeze_panes(2, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
