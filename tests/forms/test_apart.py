"""A workbook read in a process of its own gives what reading it here gives, within limits."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from forms import apart, canonical, xlsform
from tests.support.workbooks import csv_files, library, xlsx


@pytest.fixture
def book(tmp_path):
    def make(**changes: str) -> Path:
        path = tmp_path / "phieu.xlsx"
        path.write_bytes(xlsx(library(**changes)))
        return path

    return make


def test_a_sound_workbook_is_the_same_questionnaire(book):
    q, faults = apart.check(book())
    assert faults == []
    assert canonical.sha256(q) == canonical.sha256(xlsform.read(book()))


def test_the_faults_are_the_same_with_their_cells_and_words(book):
    path = book(when="${da_denn} = 'co'", limit=". >= 1 an . <= 100")
    q, faults = apart.check(path)
    assert q is None
    assert faults == xlsform.check(path)[1]
    assert [fault.cell.address for fault in faults] == ["survey!E5", "survey!F6"]


def test_a_folder_and_a_list_of_csv_files_are_read(tmp_path):
    for name, content in csv_files(library()):
        (tmp_path / name).write_bytes(content)
    whole, _ = apart.check(tmp_path)
    parts, _ = apart.check(sorted(tmp_path.glob("*.csv")))
    assert whole == parts != None  # noqa: E711


def large(path: Path, rows) -> Path:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("survey")
    for row in (["type", "name", "label", "calculation", "repeat_count"], *rows):
        sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("limits", [{"memory": 4 << 20}, {"seconds": 0}])
def test_what_takes_too_much_is_one_fault(tmp_path, limits):
    rows = (["text", f"t{n}", "Câu hỏi?"] for n in range(4_000))
    q, faults = apart.check(large(tmp_path / "a.xlsx", rows), **limits)
    assert q is None
    assert [fault.code for fault in faults] == ["file.too_heavy"]


HEAVY = {
    "a chain of 4,000 calculations": (
        [["text", "x", "X?"], ["calculate", "c0", "", "1"]]
        + [["calculate", f"c{n}", "", f"${{c{n - 1}}} + 1"] for n in range(1, 4_000)],
        None,
    ),
    "rounds of rounds": (
        [["begin repeat", f"r{n}", "R", "", 20] for n in range(9)]
        + [["text", "t", "T?"]]
        + [["end repeat"]] * 9,
        "repeat.rows",
    ),
    "all rounds a thousand times": (
        [["begin repeat", "r", "R", "", 20], ["text", "t", "T?"], ["end repeat"]]
        + [
            ["calculate", f"c{n}", "", f"concat({', '.join(['${t}'] * 500)})"] for n in range(1_000)
        ],
        "expression.too_long",
    ),
    "groups in groups": (
        [["begin group", f"g{n}", "G"] for n in range(2_400)]
        + [["text", "t", "T?"]]
        + [["end group"]] * 2_400,
        "group.deep",
    ),
}


@pytest.mark.parametrize("kind", HEAVY)
def test_what_grows_by_itself_is_bounded(tmp_path, kind):
    rows, code = HEAVY[kind]
    begun = time.monotonic()
    q, faults = apart.check(large(tmp_path / "a.xlsx", rows))
    assert time.monotonic() - begun < 30
    if code is None:
        assert q is not None
    else:
        assert q is None and code in {fault.code for fault in faults}


def test_a_long_list_in_every_question_is_refused(tmp_path):
    path = large(tmp_path / "a.xlsx", (["select_one l", f"s{n}", "S?"] for n in range(900)))
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("choices")
    sheet.append(["list_name", "name", "label"])
    for n in range(4_900):
        sheet.append(["l", f"o{n}", "Phương án"])
    book.save(path)
    q, faults = apart.check(path)
    assert q is None
    assert [fault.code for fault in faults if fault.is_error] == ["choice.too_many"]


def test_an_xform_is_compiled_elsewhere(book):
    q = xlsform.read(book())
    assert apart.xform_fault(q) == ""
    odd = replace(q, sections=(replace(q.sections[0], name="a b"), *q.sections[1:]))
    assert "name" in apart.xform_fault(odd)
    assert "quá lớn" in apart.xform_fault(q, seconds=0)
