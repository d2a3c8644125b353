"""The CSV file, read back by the csv module."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from survey.render.columns import columns
from survey.render.csv_file import result_csv
from tests.survey.render.result_tables import TABLE, A


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_it_begins_with_the_byte_order_mark_that_excel_needs():
    assert result_csv(TABLE, "vi").startswith(b"\xef\xbb\xbfwave,data,run_id,unit_code,")


def test_every_figure_comes_back():
    rows = read(result_csv(TABLE, "vi"))
    assert [row["unit_code"] for row in rows] == ["10888", "10903", "10918", "10942", ""]
    for row, source in zip(rows, (*TABLE.rows, TABLE.whole), strict=True):
        assert row["name"] == source.name
        for column in columns(TABLE):
            value = column.value(source, "vi")
            if column.is_number:
                assert (
                    row[column.key] == ""
                    if value is None
                    else (float(row[column.key]) == pytest.approx(value, rel=1e-9))
                )


def test_it_holds_dates_and_the_texts_of_one_language():
    vi, en = (read(result_csv(TABLE, language))[1] for language in ("vi", "en"))
    assert vi["valid_from"] == en["valid_from"] == "2019-12-01"
    assert (vi["band"], en["band"]) == ("Hoàn thành nhiệm vụ", "Completed")
    assert vi["alerts"].startswith("Cải cách thủ tục hành chính đạt 71,2%")
    assert en["alerts"].endswith("; Band to be explained")


def test_every_line_of_generated_data_says_so():
    for row in read(result_csv(TABLE, "vi")):
        assert row["data"] == "số liệu giả lập (synthetic)"
    for row in read(result_csv(replace(TABLE, synthetic=False), "vi")):
        assert row["data"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_no_text_can_become_a_formula(start):
    hostile = start + 'cmd|" /C calc"!A0'
    table = replace(TABLE, rows=(replace(A, name=hostile),))
    assert read(result_csv(table, "vi"))[0]["name"] == "'" + hostile


def test_a_suppressed_unit_has_empty_cells_and_its_reason():
    few = read(result_csv(TABLE, "vi"))[3]
    assert few["suppressed"] == "quá ít phiếu"
    assert few["n_respondents"] == "4"
    assert few["satisfaction"] == few["total"] == few["unweighted"] == few["band"] == ""
