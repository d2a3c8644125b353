"""The workbook, read back by another library."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from survey.render.columns import columns
from survey.render.workbook import result_xlsx
from tests.survey.render.result_tables import TABLE, A


def sheets(table=TABLE, language: str = "vi") -> list[Worksheet]:
    return openpyxl.load_workbook(io.BytesIO(result_xlsx(table, language))).worksheets


def headings(sheet: Worksheet, row: int = 5) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[row]}


def test_vietnamese_headings_and_every_figure():
    results = sheets()[0]
    assert results.title == "Kết quả"
    at = headings(results)
    for number, source in enumerate((*TABLE.rows, TABLE.whole), start=6):
        for column in columns(TABLE):
            value = column.value(source, "vi")
            cell = results.cell(number, at[column.title["vi"]]).value
            if column.is_number:
                assert cell == (None if value is None else pytest.approx(value))
            elif column.key != "valid_from":
                assert (cell or "") == (value or "")
    assert results.cell(6, at["Mã có hiệu lực từ"]).value == datetime(2019, 12, 1)


def test_shares_are_percentages_and_codes_are_text():
    results = sheets()[0]
    at = headings(results)
    assert results.cell(6, at["Tỷ lệ hài lòng"]).number_format == "0.0%"
    assert results.cell(6, at["Tổng điểm"]).number_format == "0.00"
    assert results.cell(6, at["Mã đơn vị"]).value == "10888"
    assert results.cell(6, at["Mã có hiệu lực từ"]).number_format == "dd/mm/yyyy"


def test_the_headings_stay_in_view():
    assert sheets()[0].freeze_panes == "D6"
    assert sheets(replace(TABLE, synthetic=False))[0].freeze_panes == "D5"


def test_generated_data_says_so_on_both_sheets_and_on_paper():
    results, notes = sheets()
    assert results["A3"].value.startswith("SỐ LIỆU GIẢ LẬP (synthetic)")
    assert notes["A1"].value.startswith("SỐ LIỆU GIẢ LẬP (synthetic)")
    assert "SỐ LIỆU GIẢ LẬP (synthetic)" in results.oddHeader.right.text
    for sheet in sheets(replace(TABLE, synthetic=False)):
        assert not any("GIẢ LẬP" in str(cell.value) for row in sheet for cell in row)


def test_the_notes_tell_how_to_repeat_the_figures():
    facts = dict(row[:2] for row in sheets()[1].iter_rows(values_only=True))
    assert facts["Cách tính"] == "Tỷ lệ F1 có gia quyền."
    assert facts["Nguồn"] == "Quyết định 876/QĐ-BNV."
    assert facts["Số gieo của mẫu"] == "xo-so-2023-11-20"
    assert facts["SHA-256 của bộ tiêu chí"] == "ab" * 32
    assert facts["Thời gian lấy ý kiến"] == "01/11/2023 – 05/12/2023"
    assert facts["Lần tính"] == "run-7"


@pytest.mark.parametrize("hostile", ["=1+1", "@SUM(A1)", "https://evil.example", "-1"])
def test_no_text_becomes_a_formula_a_link_or_a_number(hostile):
    results = sheets(replace(TABLE, rows=(replace(A, name=hostile),)))[0]
    cell = results.cell(6, headings(results)["Đơn vị"])
    assert (cell.value, cell.data_type, cell.hyperlink) == (hostile, "s", None)


def test_english_speaks_english():
    results, notes = sheets(language="en")
    assert (results.title, notes.title) == ("Results", "Notes")
    assert headings(results)["Satisfied"] == headings(sheets()[0])["Tỷ lệ hài lòng"]


def test_the_same_table_gives_the_same_bytes():
    assert result_xlsx(TABLE, "vi") == result_xlsx(TABLE, "vi")
