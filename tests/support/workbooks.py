"""XLSForm workbooks as an office makes them, for tests that send one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

Sheets = Mapping[str, Sequence[Sequence[str]]]

VI, EN = "Tiếng Việt (vi)", "English (en)"


def library(version: str = "1", **changes: str) -> dict[str, list[list[str]]]:
    """A questionnaire that comes with nothing: readers of a commune's library.

    ``changes`` replace the cell whose text is the keyword's name in braces.
    """
    survey = [
        ["type", "name", f"label::{VI}", f"label::{EN}", "relevant", "constraint", "required"],
        ["begin group", "den", "Việc đến thư viện", "Visits", "", "", ""],
        ["select_one co_khong", "da_den", "{ask_vi}", "Did you go to the library?", "", "", "yes"],
        ["end group", "", "", "", "", "", ""],
        ["begin group", "danh_gia", "Đánh giá", "Rating", "{when}", "", ""],
        ["integer", "so_lan", "Bao nhiêu lần?", "How many times?", "", "{limit}", ""],
        ["select_one muc", "hai_long", "Ông/bà hài lòng không?", "Satisfied?", "", "", ""],
        ["end group", "", "", "", "", "", ""],
        ["text", "gop_y", "Góp ý thêm", "Anything else", "", "", ""],
    ]
    choices = [
        ["list_name", "name", f"label::{VI}", f"label::{EN}"],
        ["co_khong", "co", "Có", "Yes"],
        ["co_khong", "khong", "Không", "No"],
        ["muc", "1", "Không hài lòng", "Not satisfied"],
        ["muc", "5", "Hài lòng", "Satisfied"],
    ]
    settings = [
        ["form_id", f"form_title::{VI}", f"form_title::{EN}", "version", "default_language"],
        ["thu-vien", "Thư viện xã", "Commune library", version, VI],
    ]
    usual = {
        "ask_vi": "Ông/bà có đến thư viện không?",
        "when": "${da_den} = 'co'",
        "limit": ". >= 1 and . <= 100",
    }
    texts = {f"{{{name}}}": text for name, text in (usual | changes).items()}
    sheets = {"survey": survey, "choices": choices, "settings": settings}
    return {
        name: [[texts.get(cell, cell) for cell in row] for row in rows]
        for name, rows in sheets.items()
    }


def xlsx(sheets: Sheets) -> bytes:
    """The workbook as Excel lays it out."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([cell or None for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_files(sheets: Sheets) -> list[tuple[str, bytes]]:
    """The same as CSV, one file a sheet."""
    found = []
    for name, rows in sheets.items():
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        found.append((f"{name}.csv", text.getvalue().encode("utf-8-sig")))
    return found


def excel(sheets: Sheets) -> bytes:
    """The workbook with what an author does in Excel: numbers, formats, widths, frozen heads.

    XlsxWriter writes the bytes that Excel 2007 writes; its own tests compare them.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_numbers": True, "constant_memory": False})
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "text_wrap": True})
    plain = book.add_format({"font_name": "Times New Roman", "border": 1})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                style = plain if number else head
                if text:
                    sheet.write(number, column, text, style)
                else:
                    sheet.write_blank(number, column, None, style)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 10, 24)
        sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
        sheet.data_validation("A2:A999", {"validate": "any", "input_message": "Loại câu hỏi"})
        # Rows that were formatted and never filled in.
        for empty in range(len(rows), len(rows) + 200):
            sheet.write_blank(empty, 0, None, plain)
    book.close()
    return out.getvalue()
