"""``flask questionnaire``: the same life as on the office's pages."""

from __future__ import annotations

import pytest

from tests.support.workbooks import csv_files, library, xlsx


@pytest.fixture
def run(app):
    def invoke(*arguments: str):
        return app.test_cli_runner().invoke(args=["questionnaire", *map(str, arguments)])

    return invoke


@pytest.fixture
def book(tmp_path):
    def make(version: str = "1", **changes: str):
        path = tmp_path / f"thu-vien-{version}.xlsx"
        path.write_bytes(xlsx(library(version, **changes)))
        return path

    return make


def test_every_fault_is_told_by_cell_and_nothing_is_published(run, book):
    faulty = book(when="${da_denn} = 'co'", limit=". >= 1 an . <= 100")
    found = run("lint", faulty)
    assert found.exit_code == 1
    assert "survey!E5: " in found.output
    assert "survey!F6: " in found.output
    refused = run("publish", faulty)
    assert refused.exit_code == 1
    assert "survey!E5: " in refused.output
    assert run("list").output == ""


def test_published_compared_and_retired(run, book, tmp_path):
    assert "Không có lỗi: thu-vien, phiên bản 1" in run("lint", book()).output
    assert "Đã công bố thu-vien@1" in run("publish", book()).output
    for name, content in csv_files(library("2", ask_vi="Ông/bà đã đến thư viện xã?")):
        (tmp_path / name).write_bytes(content)
    parts = sorted(tmp_path.glob("*.csv"))
    assert "Đã công bố thu-vien@2" in run("publish", *parts).output
    other = run("publish", book(limit=". >= 2"))
    assert other.exit_code == 1
    assert "đã có với nội dung khác" in other.output
    told = run("diff", "thu-vien@1", "2").output
    assert "da_den: Cần người xét" in told
    assert "“Ông/bà đã đến thư viện xã?”" in told
    assert "3 câu giống hệt" in told
    assert run("retire", "thu-vien@1", "--reason", "thay").exit_code == 0
    listed = run("list").output.splitlines()
    assert [line.split("\t")[1:3] for line in listed] == [
        ["thu-vien@2", "đã công bố"],
        ["thu-vien@1", "ngừng dùng"],
    ]
    assert run("retire", "không có", "--reason", "x").exit_code == 1


def test_a_wave_is_moved_for_a_reason(run, wave, app):
    with app.extensions["database"].write() as session:
        from survey.services.questionnaires import register
        from tests.survey.web.test_wave_versions import changed

        now = app.extensions["clock"]()
        q = changed("a1", version="2", hints={"vi": "gợi ý"})
        register.freeze(session, q, by="test", now=now)
    moved = run("move", "c1-citizen@2", "--wave", wave.slug, "--reason", "sửa gợi ý")
    assert "từ nay người mới trả lời c1-citizen@2" in moved.output
    again = run("move", "c1-citizen@2", "--wave", wave.slug, "--reason", "sửa gợi ý")
    assert again.exit_code == 1
