"""The tables of a report as a workbook: numbers as numbers, no formula, the source under each."""

from __future__ import annotations

import io
from datetime import datetime, time

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from survey.render.report import Report, Table, all_tables
from survey.render.workbook import WARNING

_FONT = {"font_name": "Times New Roman", "font_size": 11}
#: Excel allows 31 characters in a sheet's name, and not these.
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def annex_xlsx(report: Report) -> bytes:
    """One sheet a table, in the order of the report; texts never become formulas or links."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        created = datetime.combine(report.made_on, time()) if report.made_on else None
        book.set_properties({"title": report.title, "company": report.about.organisation}
                            | ({"created": created} if created else {}))  # fmt: skip
        for number, table in enumerate(all_tables(report), start=1):
            _sheet(book, book.add_worksheet(_name(number, table)), report, table)
    return out.getvalue()


def _name(number: int, table: Table) -> str:
    words = table.caption.partition(".")[2].strip() or table.caption
    return f"{number}. {words.translate(_FORBIDDEN)}"[:31].rstrip()


def _sheet(book: xlsxwriter.Workbook, sheet: Worksheet, report: Report, table: Table) -> None:
    def style(**more: object):
        return book.add_format(_FONT | more)

    sheet.write_string(0, 0, report.about.organisation, style(bold=True))
    sheet.write_string(1, 0, table.caption, style(bold=True, font_size=13))
    marks = [*(["DỰ THẢO, chưa công bố"] if report.draft else []),
             *([WARNING["vi"]] if report.synthetic else [])]  # fmt: skip
    sheet.write_string(2, 0, " · ".join(marks), style(bold=True, font_color="#9C0006"))
    head = style(bold=True, text_wrap=True, align="center", valign="vcenter", border=1)
    for column, text in enumerate(table.head):
        sheet.write_string(4, column, text, head)
        share = table.widths[column] if table.widths else 1.0
        sheet.set_column(column, column, max(9.0, 9.0 * share))
    formats = table.formats or ("",) * len(table.head)
    styles = [style(border=1, num_format=shape) if shape else style(border=1, text_wrap=True)
              for shape in formats]  # fmt: skip
    for number, row in enumerate(table.values or table.rows, start=5):
        for column, value in enumerate(row):
            if isinstance(value, bool) or not isinstance(value, int | float):
                sheet.write_string(number, column, "" if value is None else str(value),
                                   styles[column])  # fmt: skip
            else:
                sheet.write_number(number, column, value, styles[column])
    last = 6 + len(table.rows)
    sheet.write_string(last, 0, f"Nguồn: {table.source}", style(italic=True))
    sheet.freeze_panes(5, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(4)
    sheet.set_footer("&L&A&R&P / &N")
