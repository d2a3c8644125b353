"""The result table as a workbook for the office: one sheet to read and print, one of notes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from survey.render import comparison_sheet, numbers, standing_sheet
from survey.render.columns import Column, Kind, Value, columns
from survey.render.table import ResultTable, Text

_NUMBER_FORMATS = {
    Kind.TEXT: "@",
    Kind.DATE: "dd/mm/yyyy",
    Kind.COUNT: "#,##0",
    Kind.SHARE: "0.0%",
    Kind.SIZE: "#,##0.0",
    Kind.POINTS: "0.00",
    Kind.PERCENT: "0.00####",
}
_WIDTHS = {Kind.TEXT: 12, Kind.DATE: 12, Kind.COUNT: 10, Kind.SHARE: 10, Kind.SIZE: 10}
_WIDE = {"name": 24, "band": 24, "alerts": 60, "suppressed": 18}
_FONT = {"font_name": "Arial", "font_size": 10}

WARNING: Text = {
    "vi": "SỐ LIỆU GIẢ LẬP (synthetic): không dùng để đánh giá đơn vị nào",
    "en": "SYNTHETIC DATA: not to be used to judge any unit",
}
_SHEETS: dict[str, tuple[str, str]] = {"vi": ("Kết quả", "Ghi chú"), "en": ("Results", "Notes")}
#: The same figures once more, with the answers that a reviewer left out.
_WITH_EXCLUDED: Text = {"vi": "Tính cả phiếu bị loại", "en": "With excluded answers"}
_LABELS: dict[str, Text] = {
    "organisation": {"vi": "Cơ quan", "en": "Organisation"},
    "wave": {"vi": "Đợt điều tra", "en": "Wave"},
    "fieldwork": {"vi": "Thời gian lấy ý kiến", "en": "Fieldwork"},
    "computed_on": {"vi": "Ngày tính", "en": "Computed on"},
    "run_id": {"vi": "Lần tính", "en": "Run"},
    "scheme": {"vi": "Bộ tiêu chí", "en": "Scheme"},
    "scheme_sha256": {"vi": "SHA-256 của bộ tiêu chí", "en": "SHA-256 of the scheme"},
    "sample_seed": {"vi": "Số gieo của mẫu", "en": "Seed of the sample"},
    "level": {"vi": "Mức tin cậy của khoảng", "en": "Confidence level of intervals"},
    "min_respondents": {"vi": "Số phiếu ít nhất để công bố", "en": "Fewest answers to publish"},
    "method": {"vi": "Cách tính", "en": "Method"},
    "notes": {"vi": "Ghi chú", "en": "Notes"},
    "sources": {"vi": "Nguồn", "en": "Sources"},
    "columns": {"vi": "Ý nghĩa các cột", "en": "Meaning of the columns"},
}


def result_xlsx(
    table: ResultTable,
    language: str,
    *,
    with_excluded: ResultTable | None = None,
    standing: Mapping[str, Any] | None = None,
) -> bytes:
    """Headings and texts in ``language``; numbers as numbers, shares as percentages.

    ``with_excluded``: the table computed from all answers, for a sheet of its own; ``standing``:
    how sure the ranking is, for another.
    """
    data = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(data, options) as book:
        book.set_properties(
            {
                "title": table.wave_title[language],
                "company": table.organisation,
                "comments": WARNING[language] if table.synthetic else "",
                # Else the clock decides, and one table makes two different files.
                "created": datetime.combine(table.computed_on, time()),
            }
        )
        results, notes = (book.add_worksheet(name) for name in _SHEETS[language])
        _write_results(book, results, table, language)
        if table.before:
            sheet = book.add_worksheet(comparison_sheet.NAMES[language])
            warning = WARNING[language] if table.synthetic else ""
            comparison_sheet.write(book, sheet, table.before, language, warning)
        if standing is not None:
            warning = WARNING[language] if table.synthetic else ""
            standing_sheet.write(book, table, standing, language, warning)
        _write_notes(book, notes, table, language)
        if with_excluded is not None:
            sheet = book.add_worksheet(_WITH_EXCLUDED[language])
            _write_results(book, sheet, with_excluded, language)
    return data.getvalue()


def _write_results(
    book: xlsxwriter.Workbook, sheet: Worksheet, table: ResultTable, language: str
) -> None:
    chosen = columns(table)
    first = _write_title(book, sheet, table, language)
    _write_heading(book, sheet, first, chosen, language)
    unit_styles = [_cell_style(book, column) for column in chosen]
    whole_styles = [_cell_style(book, column, bold=True, top=1) for column in chosen]
    for number, row in enumerate((*table.rows, table.whole), start=first + 1):
        styles = whole_styles if row is table.whole else unit_styles
        for i, (column, style) in enumerate(zip(chosen, styles, strict=True)):
            _write(sheet, number, i, column.value(row, language), style)
    sheet.freeze_panes(first + 1, 3)
    sheet.autofilter(first, 0, first + len(table.rows), len(chosen) - 1)
    _set_up_print(sheet, first, table, language)


def _write_title(
    book: xlsxwriter.Workbook, sheet: Worksheet, table: ResultTable, language: str
) -> int:
    """Wave, organisation and the synthetic mark; returns the row of the headings."""
    sheet.write_string(0, 0, table.wave_title[language], _style(book, bold=True, font_size=14))
    made = f"{table.organisation} · {_LABELS['computed_on'][language]}: " + numbers.day(
        table.computed_on, language
    )
    sheet.write_string(1, 0, made, _style(book))
    if not table.synthetic:
        return 3
    sheet.write_string(2, 0, WARNING[language], _style(book, bold=True, font_color="#9C0006"))
    return 4


def _write_heading(
    book: xlsxwriter.Workbook, sheet: Worksheet, row: int, chosen: list[Column], language: str
) -> None:
    style = _style(book, bold=True, text_wrap=True, valign="vcenter", bottom=1, bg_color="#EEF3F5")
    sheet.set_row(row, 62)
    for i, column in enumerate(chosen):
        sheet.write_string(row, i, column.title[language], style)
        sheet.set_column(i, i, _WIDE.get(column.key, _WIDTHS.get(column.kind, 11)))


def _set_up_print(sheet: Worksheet, first: int, table: ResultTable, language: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(first)
    mark = WARNING[language] if table.synthetic else ""
    # In headers "&" starts a command; "&&" is the character.
    title = table.wave_title[language].replace("&", "&&")
    sheet.set_header(f"&L{title}&R{mark}")
    sheet.set_footer(f"&L{table.run_id.replace('&', '&&')}&R&P / &N")


def _write_notes(
    book: xlsxwriter.Workbook, sheet: Worksheet, table: ResultTable, language: str
) -> None:
    bold = _style(book, bold=True, valign="top", text_wrap=True)
    plain = _style(book, valign="top", text_wrap=True)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    for row, (label, text) in enumerate(_facts(table, language)):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, text, plain)


def _facts(table: ResultTable, language: str) -> list[tuple[str, str]]:
    def label(key: str) -> str:
        return _LABELS[key][language]

    def listed(key: str, texts: tuple[Text, ...]) -> list[tuple[str, str]]:
        return [(label(key) if i == 0 else "", text[language]) for i, text in enumerate(texts)]

    fieldwork = " – ".join(
        numbers.day(day, language) for day in (table.fieldwork_from, table.fieldwork_to)
    )
    return [
        *([(WARNING[language], "")] if table.synthetic else []),
        (label("wave"), f"{table.wave_title[language]} ({table.wave_slug})"),
        (label("organisation"), table.organisation),
        (label("fieldwork"), fieldwork),
        (label("computed_on"), numbers.day(table.computed_on, language)),
        (label("run_id"), table.run_id),
        (label("scheme"), table.scheme_title[language]),
        (label("scheme_sha256"), table.scheme_sha256),
        (label("sample_seed"), table.sample_seed),
        (label("level"), numbers.percent(table.level, 0, language)),
        (label("min_respondents"), numbers.count(table.min_respondents, language)),
        *listed("method", table.method),
        *listed("notes", table.notes),
        *listed("sources", table.sources),
        (label("columns"), ""),
        *((c.title[language], c.help[language]) for c in columns(table) if c.help[language]),
    ]


def _write(sheet: Worksheet, row: int, column: int, value: Value, style: Format) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime.combine(value, time()), style)
    else:
        sheet.write_number(row, column, value, style)


def _cell_style(book: xlsxwriter.Workbook, column: Column, **more: object) -> Format:
    return _style(
        book,
        **more,
        num_format=_NUMBER_FORMATS[column.kind],
        align="right" if column.is_number else "left",
        valign="top",
        text_wrap=column.key == "alerts",
    )


def _style(book: xlsxwriter.Workbook, **properties: object) -> Format:
    return book.add_format(_FONT | properties)
