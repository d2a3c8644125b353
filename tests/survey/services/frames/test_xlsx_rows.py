"""A workbook read row by row says what the library that reads it whole says."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter

from survey.errors import InvalidInput
from survey.services.frames.xlsx_rows import XlsxRows

ROWS = [
    ["Mã hồ sơ", "Ngày trả", "Số", "Ghi chú & khác"],
    ["H1", date(2023, 5, 3), 10888, "a < b & “c”"],
    ["H2", datetime(2023, 5, 3, 14, 30), 0.5, None],
    [None, None, None, None],
    ["H4", None, 912345678, " hai  dấu cách "],
    ["H5", date(2000, 2, 29), True, "dòng\nmới"],
]
READ = [
    (1, ["Mã hồ sơ", "Ngày trả", "Số", "Ghi chú & khác"]),
    (2, ["H1", "2023-05-03", "10888", "a < b & “c”"]),
    (3, ["H2", "2023-05-03 14:30", "0.5"]),
    (5, ["H4", "", "912345678", " hai  dấu cách "]),
    (6, ["H5", "2000-02-29", "TRUE", "dòng\nmới"]),
]


def by_openpyxl(rows, **properties) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.epoch = properties.get("epoch", book.epoch)
    for row in rows:
        book.active.append(row)
    return saved(book)


def by_xlsxwriter(rows, **options) -> io.BytesIO:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, **options})
    sheet = book.add_worksheet()
    day, moment = (book.add_format({"num_format": f}) for f in ("dd/mm/yyyy", "d/m/yy hh:mm"))
    for n, row in enumerate(rows):
        for m, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(n, m, value, moment)
            elif isinstance(value, date):
                sheet.write_datetime(n, m, value, day)
            elif value is not None:
                sheet.write(n, m, value)
    book.close()
    return made


def saved(book) -> io.BytesIO:
    made = io.BytesIO()
    book.save(made)
    return made


def read(file: io.BytesIO, sheet: str = "") -> list[tuple[int, list[str]]]:
    return list(XlsxRows(file, sheet).rows())


def rewritten(file: io.BytesIO, member: str, change) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == member else content)
    return made


@pytest.mark.parametrize(
    "make",
    [
        by_openpyxl,
        by_xlsxwriter,
        lambda rows: by_xlsxwriter(rows, constant_memory=True),
        lambda rows: by_xlsxwriter(rows, date_1904=True),
    ],
    ids=["openpyxl", "shared texts", "inline texts", "days from 1904"],
)
def test_texts_days_and_numbers_are_read_as_shown(make):
    assert read(make(ROWS)) == READ


def test_many_rows_cross_the_pieces_in_which_a_sheet_is_unpacked():
    rows = [["Mã", "Tên"], *([f"H{n}", f"Nguyễn & {n % 7}"] for n in range(30_000))]
    for file in (by_xlsxwriter(rows), by_xlsxwriter(rows, constant_memory=True)):
        assert [cells for _n, cells in read(file)] == rows


def test_a_name_space_prefix_and_another_order_of_attributes_change_nothing():
    def prefixed(content: bytes) -> bytes:
        content = content.replace(b"<worksheet xmlns=", b"<worksheet xmlns:x=")
        for tag in (b"worksheet", b"sheetData", b"row", b"c", b"v", b"is", b"t"):
            for end in (b" ", b">"):
                content = content.replace(b"<" + tag + end, b"<x:" + tag + end)
            content = content.replace(b"</" + tag + b">", b"</x:" + tag + b">")
        return content

    sheet = "xl/worksheets/sheet1.xml"
    plain = by_xlsxwriter(ROWS)
    assert read(rewritten(plain, sheet, prefixed)) == READ
    turned = rewritten(plain, sheet, lambda c: c.replace(b'r="D2" t="s"', b't="s" r="D2"'))
    assert read(turned) == READ


def test_rich_text_is_read_without_its_looks_and_readings():
    def rich(content: bytes) -> bytes:
        runs = b"<si><r><t>H</t></r><r><rPr><b/></rPr><t>1</t></r><rPh sb='0'><t>x</t></rPh></si>"
        return content.replace(b"<si><t>H1</t></si>", runs)

    assert read(rewritten(by_xlsxwriter(ROWS), "xl/sharedStrings.xml", rich)) == READ


def test_a_sheet_is_found_by_its_name_and_a_wrong_name_lists_them():
    book = openpyxl.Workbook()
    book.active.title = "Bìa"
    book.create_sheet("Hồ sơ").append(["Mã hồ sơ"])
    file = saved(book)
    assert read(file, "hồ sơ") == [(1, ["Mã hồ sơ"])]
    with pytest.raises(InvalidInput) as caught:
        read(file, "Danh sách")
    assert "Bìa, Hồ sơ" in str(caught.value.problems[0])


@pytest.mark.parametrize("content", [b"PK\x03\x04 no archive", b""])
def test_what_is_no_workbook_is_refused_in_words(content):
    with pytest.raises(InvalidInput) as caught:
        read(io.BytesIO(content))
    assert caught.value.problems[0].code == "frame.not_xlsx"


def test_entities_that_could_grow_are_refused():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    file = rewritten(by_xlsxwriter(ROWS), "xl/sharedStrings.xml", lambda c: bomb + c)
    with pytest.raises(InvalidInput):
        read(file)


def test_a_damaged_workbook_is_refused_in_words():
    plain = by_xlsxwriter([[f"H{n}", f"Tên {n}"] for n in range(3_000)])
    nowhere = rewritten(
        by_xlsxwriter(ROWS),
        "xl/worksheets/sheet1.xml",
        lambda c: c.replace(b't="s"><v>0</v>', b't="s"><v>99999</v>'),
    )
    content = bytearray(plain.getvalue())
    with zipfile.ZipFile(plain) as archive:
        sheet = archive.getinfo("xl/worksheets/sheet1.xml")
    place = sheet.header_offset + 200
    content[place : place + 40] = b"\x00" * 40
    for file in (nowhere, io.BytesIO(bytes(content))):
        with pytest.raises(InvalidInput) as caught:
            read(file)
        assert caught.value.problems[0].code == "frame.not_xlsx"
