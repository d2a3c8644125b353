"""Statistical files are read back by other programs, letter by letter and code by code."""

from __future__ import annotations

import csv
import json
import math
import shutil
import subprocess
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pyreadstat
import pytest

from survey.render.microdata import blocks, delimited, finished, parquet, sheet, spss, stata
from survey.render.microdata.columns import Column, Measure, Type, cut, cut_letters

LONG = "Một câu trả lời rất dài, có dấu: ửỡẫ. " * 400
ON = date(2024, 3, 1)
#: More rows than two blocks hold, and not a whole number of blocks.
N = 2 * blocks.BLOCK + 3
COLUMNS = [
    Column(
        "c1",
        "Mức độ hài lòng về thái độ phục vụ của công chức tại bộ phận một cửa " * 6,
        Type.CODE,
        values={1: "Rất không hài lòng " * 20, 5: "Rất hài lòng"},
        missing={-99: "Không hỏi", -98: "Nhảy", -96: "Không có ý kiến"},
        missing_range=(-99, -74),
        letters={-99: "a", -98: "b", -96: "d"},
        measure=Measure.ORDINAL,
    ),
    Column("w", "Quyền số", Type.NUMBER, measure=Measure.SCALE, decimals=6),
    Column("loi", "Ý kiến khác", Type.TEXT, width=len(LONG.encode())),
    Column("ngay", "Ngày gửi", Type.DAY),
    Column("ma", "Mã đơn vị", Type.TEXT, width=5),
]
TEXTS = [None, "=1+1", "Ông nói: “Được”, rồi\nxuống dòng; 'hết'", LONG.strip(), "@x", "-5", "ử"]


def rows(n: int = N):
    for i in range(n):
        yield [
            [1, 5, -99, -98, -96][i % 5],
            None if i % 11 == 0 else i / 7,
            TEXTS[i % 7],
            None if i % 13 == 0 else date(1950 + i % 90, 1 + i % 12, 1 + i % 28),
            f"{i % 100_000:05d}",
        ]


def same(frame, *, text=lambda row: row.loi or "", missing: dict | None = None):
    """Compare a frame that was read back with what was written."""
    assert len(frame) == N
    for given, found in zip(rows(), frame.itertuples(index=False), strict=True):
        code = (missing or {}).get(given[0], given[0])
        assert found.c1 == code
        assert math.isnan(found.w) if given[1] is None else found.w == given[1]
        assert text(found) == (given[2] or "")
        assert (found.ngay if isinstance(found.ngay, date) else None) == given[3]
        assert found.ma == given[4]


@pytest.mark.parametrize("packed", [False, True])
def test_spss_files_hold_every_row_label_and_user_missing_code(tmp_path, packed):
    path = tmp_path / ("a.zsav" if packed else "a.sav")
    assert spss.write(path, COLUMNS, rows(), title="Đợt 1", on=ON, packed=packed) == N
    frame, meta = pyreadstat.read_sav(path, user_missing=True)
    same(frame)
    label = meta.column_names_to_labels["c1"]
    assert len(label.encode()) <= 255 and COLUMNS[0].label.startswith(label[:-1].rstrip())
    values = meta.variable_value_labels["c1"]
    assert len(values[1.0].encode()) <= 120 and values[1.0].startswith("Rất không hài lòng Rất")
    assert values[-96.0] == "Không có ý kiến"
    assert meta.missing_ranges == {"c1": [{"lo": -99.0, "hi": -74.0}]}
    assert (meta.variable_measure["c1"], meta.file_label) == ("ordinal", "Đợt 1")
    assert meta.number_rows == N


def test_packed_spss_files_are_small_and_as_large_ones_have_several_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(spss, "_PIECE", 0x10000)
    plain, packed = tmp_path / "a.sav", tmp_path / "a.zsav"
    spss.write(plain, COLUMNS, rows(), title="Đợt", on=ON)
    spss.write(packed, COLUMNS, rows(), title="Đợt", on=ON, packed=True)
    assert packed.stat().st_size < plain.stat().st_size / 10
    same(pyreadstat.read_sav(packed, user_missing=True)[0])


def test_stata_files_have_a_letter_for_each_reason_and_parts_for_long_texts(tmp_path):
    path = tmp_path / "a.dta"
    assert stata.write(path, COLUMNS, rows(), title="Đợt 1") == N
    frame, meta = pyreadstat.read_dta(path, user_missing=True)
    parts = [name for name in frame.columns if name.startswith("loi")]
    assert parts == ["loi", *(f"loi__{k}" for k in range(2, len(parts) + 1))] and len(parts) > 5
    frame = frame.assign(loi=frame[parts].sum(axis=1))
    same(frame, missing={-99: "a", -98: "b", -96: "d"})
    assert meta.variable_value_labels["c1"]["d"] == "Không có ý kiến"
    assert len(meta.column_names_to_labels["c1"]) <= 80
    assert meta.missing_user_values["c1"] == ["a", "b", "d"]


def test_parts_of_a_long_text_lose_no_blank():
    text = "a" * (stata.MOST_TEXT - 3) + " " * 5 + "ử" * 3_000 + " b"
    pieces = stata._pieces(text, len(text.encode()) // (stata.MOST_TEXT - 100) + 1)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= stata.MOST_TEXT for piece in pieces)
    assert [piece for piece in pieces if piece != piece.rstrip()] == []


def test_csv_has_a_byte_order_mark_every_digit_and_no_formula(tmp_path):
    path = tmp_path / "a.csv"
    assert delimited.write(path, COLUMNS, rows()) == N
    assert path.read_bytes().startswith(b"\xef\xbb\xbfc1,w,loi,ngay,ma\r\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    for given, row in zip(rows(), found, strict=True):
        assert int(row["c1"]) == given[0]
        assert row["w"] == ("" if given[1] is None else repr(given[1]))
        text = given[2] or ""
        assert row["loi"] == ("'" + text if text[:1] in ("=", "@", "-") else text)
        assert row["ngay"] == ("" if given[3] is None else given[3].isoformat())


def test_a_workbook_holds_texts_that_look_like_formulas_as_texts(tmp_path):
    path = tmp_path / "a.xlsx"
    assert sheet.write(path, COLUMNS, rows(50), title="Đợt", on=ON) == 50
    book = openpyxl.load_workbook(path)
    found = list(book["microdata"].iter_rows(min_row=2))
    for given, row in zip(rows(50), found, strict=True):
        assert row[0].value == given[0]
        assert row[2].value == given[2]
        assert row[2].data_type in ("s", "n"), "a formula would be f"
        assert row[2].data_type == "s" or given[2] is None
        day = row[3].value
        assert (day.date() if day else None) == given[3]
    meanings = {(r[0].value, r[2].value): r[3].value for r in book["codebook"].iter_rows(min_row=2)}
    assert meanings["c1", -96] == "Không có ý kiến"


def test_a_workbook_refuses_what_it_cannot_hold(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet, "MOST_ROWS", 10)
    with pytest.raises(sheet.DoesNotFit) as refused:
        sheet.write(tmp_path / "a.xlsx", COLUMNS, rows(10), title="Đợt", on=ON)
    assert (refused.value.code, refused.value.facts["most"]) == ("sheet.rows", 9)


def test_parquet_has_types_and_labels(tmp_path):
    path = tmp_path / "a.parquet"
    assert parquet.write(path, COLUMNS, rows(), title="Đợt 'một'") == N
    with duckdb.connect() as engine:
        found = engine.execute(f"SELECT * FROM '{path}'").fetchall()
        types = engine.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
        meta = dict(
            engine.execute(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall()
        )
    assert found == [tuple(row) for row in rows()]
    assert [row[1] for row in types] == ["INTEGER", "DOUBLE", "VARCHAR", "DATE", "VARCHAR"]
    assert meta[b"title"].decode() == "Đợt 'một'"
    assert json.loads(meta[b"columns"])[0]["missing"]["-96"] == "Không có ý kiến"


@pytest.mark.parametrize("n", [0, 1, blocks.BLOCK, 2 * blocks.BLOCK])
def test_any_number_of_rows_makes_a_file(tmp_path, n):
    short = [column for column in COLUMNS if column.name != "loi"]
    given = [[cell for place, cell in enumerate(row) if place != 2] for row in rows(n)]
    spss.write(tmp_path / "a.sav", short, given, title="", on=ON)
    spss.write(tmp_path / "a.zsav", short, given, title="", on=ON, packed=True)
    stata.write(tmp_path / "a.dta", short, given, title="")
    parquet.write(tmp_path / "a.parquet", short, given, title="")
    for read, name in (
        (pyreadstat.read_sav, "a.sav"),
        (pyreadstat.read_sav, "a.zsav"),
        (pyreadstat.read_dta, "a.dta"),
    ):
        frame, meta = read(tmp_path / name, user_missing=True)
        assert (len(frame), meta.number_rows) == (n, n)
        assert list(frame["ma"]) == [row[-1] for row in given]


def test_a_text_wider_than_said_is_an_error_and_not_a_broken_file(tmp_path):
    narrow = [Column("t", "Chữ", Type.TEXT, width=3)]
    path = tmp_path / "a.sav"
    with pytest.raises(blocks.LibraryChanged), finished.whole(path) as part:
        spss.write(part, narrow, [["dài quá"]], title="", on=ON)
    with pytest.raises(blocks.LibraryChanged), finished.whole(path) as part:
        stata.write(part, narrow, [["dài quá"]], title="")
    assert list(tmp_path.iterdir()) == [], "nothing half written is left"


def test_a_file_takes_its_name_when_it_is_whole_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("before")
    with pytest.raises(RuntimeError), finished.whole(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "before"
    with finished.whole(path) as part:
        part.write_text("whole")
        assert path.read_text() == "before"
    assert path.read_text() == "whole" and list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "most", "found"),
    [
        ("Hài lòng", 100, "Hài lòng"),
        ("Hài lòng", 9, "Hài l…"),
        ("Ửng", 5, "Ửng"),
        ("Ửng", 4, "…"),
        ("Ửnggg", 6, "Ử…"),
        ("x\u0328\u0328yz", 5, "…"),
        ("a\nb", 9, "a b"),
        ("abc", 2, ""),
    ],
)
def test_labels_are_cut_at_whole_letters(text, most, found):
    assert cut(text, most) == found
    assert len(found.encode()) <= most


def test_stata_counts_letters():
    assert cut_letters("ử" * 80, 80) == "ử" * 80
    assert cut_letters("ử" * 81, 80) == "ử" * 79 + "…"


@pytest.mark.parametrize("packed", [False, True])
def test_pspp_reads_what_was_written(tmp_path, packed):
    if shutil.which("pspp-convert") is None:
        pytest.skip("pspp is not installed (apt: pspp)")
    path = tmp_path / ("a.zsav" if packed else "a.sav")
    spss.write(path, COLUMNS, rows(), title="Đợt 1", on=ON, packed=packed)
    made = tmp_path / "back.csv"
    done = subprocess.run(
        ["pspp-convert", path, made], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    with made.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    for given, row in zip(rows(), found, strict=True):
        assert int(row["c1"]) == given[0]
        assert (float(row["w"]) if row["w"].strip() else None) == given[1]
        assert row["loi"] == (given[2] or "")
        assert row["ma"] == given[4]


HAVEN = """
if (!requireNamespace("haven", quietly = TRUE)) quit(status = 77)
library(haven)
arguments <- commandArgs(trailingOnly = TRUE)
for (file in arguments) {
  d <- if (grepl("dta$", file)) read_dta(file) else read_sav(file, user_na = TRUE)
  parts <- names(d)[startsWith(names(d), "loi")]
  text <- do.call(paste0, d[parts])
  c1 <- if (grepl("dta$", file)) ifelse(is.na(d$c1), match(na_tag(d$c1), letters) - 100, d$c1)
        else as.numeric(unclass(d$c1))
  cat(nrow(d), sum(c1), sprintf("%.10g", sum(d$w, na.rm = TRUE)), sum(nchar(text)),
      sum(as.numeric(d$ngay), na.rm = TRUE), sum(as.numeric(d$ma)), "\\n")
}
"""


def test_haven_reads_what_was_written(tmp_path: Path):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (apt: r-base-core r-cran-haven)")
    paths = [tmp_path / name for name in ("a.sav", "a.zsav", "a.dta")]
    spss.write(paths[0], COLUMNS, rows(), title="Đợt 1", on=ON)
    spss.write(paths[1], COLUMNS, rows(), title="Đợt 1", on=ON, packed=True)
    stata.write(paths[2], COLUMNS, rows(), title="Đợt 1")
    done = subprocess.run(
        ["Rscript", "--no-init-file", "-e", HAVEN, *paths],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip("R lacks haven (apt: r-cran-haven)")
    assert done.returncode == 0, done.stderr
    given = list(rows())
    days = [row[3].toordinal() - date(1970, 1, 1).toordinal() for row in given if row[3]]
    wanted = [
        N,
        sum(row[0] for row in given),
        sum(row[1] or 0 for row in given),
        sum(len(row[2] or "") for row in given),
        sum(days),
        sum(int(row[4]) for row in given),
    ]
    for line in done.stdout.splitlines():
        assert [float(x) for x in line.split()] == pytest.approx(wanted, rel=1e-9), line
    assert len(done.stdout.splitlines()) == 3


#: Texts as other programs hand them over: letters taken apart, marks of their own, wide letters.
APART = [
    unicodedata.normalize("NFD", "Ửng hộ thái độ phục vụ của người được hỏi ở xã "),
    "ữỡẫ",
    "e\u0323\u0302",
    "村社滿意",
]


def _labelled(text: str) -> list[Column]:
    return [
        Column("c", text, Type.CODE, values={1: text}, missing={-98: text},
               missing_range=(-99, -74), letters={-98: "b"}),
    ]  # fmt: skip


def _is_cut_of(found: str, text: str) -> bool:
    """The whole composed text, or its start up to a whole letter and an ellipsis."""
    whole = " ".join(unicodedata.normalize("NFC", text).split())
    start = found.removesuffix("…")
    following = whole[len(start) :].lstrip()[:1]
    is_start = whole.startswith(start) and not unicodedata.combining(following or "x")
    return found == whole or (found.endswith("…") and is_start)


@pytest.mark.parametrize("unit", APART)
@pytest.mark.parametrize("ahead", range(4))
def test_no_letter_is_cut_at_the_limits_of_spss_and_stata(tmp_path, unit, ahead):
    text = "x" * ahead + unit * 150
    columns = _labelled(text)
    spss.write(tmp_path / "a.sav", columns, [[1], [-98]], title=text, on=ON)
    stata.write(tmp_path / "a.dta", columns, [[1], [-98]], title=text)
    _, sav = pyreadstat.read_sav(tmp_path / "a.sav", user_missing=True)
    _, dta = pyreadstat.read_dta(tmp_path / "a.dta", user_missing=True)
    # One letter more would not have fitted: at most an ellipsis and a letter with its marks less.
    for label, most in ((sav.column_names_to_labels["c"], 255), (sav.file_label, 64)):
        assert _is_cut_of(label, text) and most - 14 <= len(label.encode()) <= most
    for label in sav.variable_value_labels["c"].values():
        assert _is_cut_of(label, text) and 106 <= len(label.encode()) <= 120
    for label in (dta.column_names_to_labels["c"], dta.file_label):
        assert _is_cut_of(label, text) and 76 <= len(label) <= 80
    for label in dta.variable_value_labels["c"].values():
        assert unicodedata.is_normalized("NFC", label)


PSPP = """
GET FILE='{path}'.
COMPUTE is_missing = MISSING(c1).
COMPUTE code = VALUE(c1).
AGGREGATE OUTFILE=* /BREAK=code /reasons=SUM(is_missing) /n=N.
SAVE TRANSLATE /OUTFILE='{found}' /TYPE=CSV /FIELDNAMES.
"""


@pytest.mark.parametrize("packed", [False, True])
def test_reasons_are_user_missing_in_pspp(tmp_path, packed):
    if shutil.which("pspp") is None:
        pytest.skip("pspp is not installed (apt: pspp)")
    path, found = tmp_path / ("a.zsav" if packed else "a.sav"), tmp_path / "found.csv"
    spss.write(path, COLUMNS, rows(), title="Đợt 1", on=ON, packed=packed)
    script = tmp_path / "a.sps"
    script.write_text(PSPP.format(path=path, found=found), encoding="utf-8")
    subprocess.run(
        ["pspp", "-b", script], cwd=tmp_path, capture_output=True, check=True, timeout=60
    )
    with found.open(encoding="utf-8", newline="") as file:
        told = {
            int(float(r["code"])): (float(r["reasons"]), float(r["n"]))
            for r in csv.DictReader(file)
        }
    given = Counter(row[0] for row in rows())
    assert told == {code: (n if code < 0 else 0, n) for code, n in given.items()}


def test_parquet_of_many_wide_rows_keeps_within_its_memory(tmp_path):
    columns = [Column(f"w{k}", "Quyền số", Type.NUMBER) for k in range(150)]
    rows = ([1.23456789 * (n + k) for k in range(150)] for n in range(40_000))
    assert parquet.write(tmp_path / "a.parquet", columns, rows, title="Đợt 1") == 40_000
    found = duckdb.sql(f"SELECT count(*), min(w0) FROM '{tmp_path / 'a.parquet'}'").fetchall()[0]
    assert found == (40_000, 0.0)
