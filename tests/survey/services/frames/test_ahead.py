"""A workbook read by another process is the workbook; a process that ends too early is told."""

from __future__ import annotations

import pytest
import xlsxwriter

from survey.errors import InvalidInput
from survey.services.frames import ahead
from survey.services.frames.xlsx_rows import XlsxRows


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "danh sách.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Hồ sơ")
        for n in range(2_500):
            sheet.write_row(n, 0, [f"H{n}", None, n / 2, f"Nguyễn \x1f & {n}", "  "])
    return path


def test_the_rows_are_the_same_from_either_process(book):
    with book.open("rb") as file:
        here = [(n, [c.replace("\x1f", " ") for c in cells]) for n, cells in XlsxRows(file).rows()]
    reader = ahead.RowsAhead(book, "hồ sơ")
    assert list(reader.rows()) == here
    assert reader.expected == 1.0


def test_a_refusal_comes_through_in_words(book):
    with pytest.raises(InvalidInput) as caught:
        list(ahead.RowsAhead(book, "Bìa").rows())
    assert "Bìa" in str(caught.value.problems[0])


def test_a_process_that_is_cut_off_is_no_end_of_the_file(book, monkeypatch):
    monkeypatch.setattr(ahead, "__name__", "survey.services.frames.memo")  # says nothing and ends
    with pytest.raises(InvalidInput) as caught:
        list(ahead.RowsAhead(book, "").rows())
    assert caught.value.code == "frame.cut_off"


def test_a_short_workbook_needs_no_other_process(book):
    with book.open("rb") as file:
        assert isinstance(ahead.reader(file, ""), XlsxRows)
