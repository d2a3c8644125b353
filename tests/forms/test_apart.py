"""A workbook read in a process of its own gives what reading it here gives, within limits."""

from __future__ import annotations

from pathlib import Path

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


@pytest.mark.parametrize("limits", [{"memory": 30 << 20}, {"seconds": 0}])
def test_what_takes_too_much_is_one_fault(book, limits):
    q, faults = apart.check(book(), **limits)
    assert q is None
    assert [fault.code for fault in faults] == ["file.too_heavy"]
