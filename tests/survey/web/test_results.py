"""The published table: on the page, as a plot, as files."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from survey import jobs
from survey.services.jobs import running
from tests.support.waves import RATINGS, agree, answer_all, send


def answer(app, code: str, rating: str) -> None:
    visitor = app.test_client()
    answer_all(visitor, agree(visitor, code), **dict.fromkeys(RATINGS, rating))
    assert send(visitor, "/phieu/gui").location == "/phieu/xong"


@pytest.fixture
def computed(app, wave):
    """A table computed from a dozen answers of one commune and two of another."""
    for code in wave.codes(12):
        answer(app, code, "4")
    jobs.run_here(app, "recompute", lambda done, total, message: None, wave=wave.slug)
    return wave


def figures(client, slug: str) -> list[dict[str, str]]:
    text = client.get(f"/ket-qua/{slug}.csv").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_before_any_table_the_page_says_what_is_missing(client, wave):
    page = client.get(f"/ket-qua/{wave.slug}")
    assert page.status_code == 200
    assert "Chưa có bảng chỉ số nào" in page.text
    assert client.get(f"/ket-qua/{wave.slug}.xlsx").status_code == 404


def test_an_unknown_wave_is_not_found(client):
    assert client.get("/ket-qua/nowhere").status_code == 404


def test_the_page_shows_plot_table_method_and_provenance(client, computed):
    page = client.get(f"/ket-qua/{computed.slug}").text
    assert page.count("<svg") == 2
    index, _, parts = page.partition("Hài lòng theo nội dung")
    assert index.count('<th scope="row"') == 18
    # By subject the one commune with enough answers and the whole wave, by area that commune.
    assert parts.count('<th scope="row"') == 3
    for words in ("Cách tính", "Hạt giống rút mẫu", "minh-hoa-synthetic-2023", "synthetic"):
        assert words in page


def test_an_answer_moves_its_own_commune_and_no_other(app, client, computed):
    before = {row["unit_code"]: row for row in figures(client, computed.slug)}
    moved = next(row for row in before.values() if row["satisfaction"])
    assert float(moved["satisfaction"]) == 1.0
    answer(app, computed.codes(1)[0], "1")
    jobs.run_here(app, "recompute", lambda done, total, message: None, wave=computed.slug)
    after = {row["unit_code"]: row for row in figures(client, computed.slug)}
    unit = moved["unit_code"]
    assert float(after[unit]["satisfaction"]) < 1.0
    assert int(after[unit]["n_respondents"]) == int(moved["n_respondents"]) + 1
    others = set(before) - {unit, ""}
    assert all(after[u]["satisfaction"] == before[u]["satisfaction"] for u in others)


def test_the_poster_stream_moves_nothing(app, client, computed):
    before = figures(client, computed.slug)
    visitor = app.test_client()
    visitor.get(f"/Q/{computed.desk_code()}")
    place = send(visitor, "/phieu", consent="dong_y").location
    answer_all(visitor, place, **dict.fromkeys(RATINGS, "1"))
    send(visitor, "/phieu/gui")
    jobs.run_here(app, "recompute", lambda done, total, message: None, wave=computed.slug)
    after = figures(client, computed.slug)
    ignored = {"run_id"}
    assert [{k: v for k, v in row.items() if k not in ignored} for row in after] == [
        {k: v for k, v in row.items() if k not in ignored} for row in before
    ]


def test_units_with_few_answers_are_named_and_not_shown(client, computed):
    rows = figures(client, computed.slug)
    silent = [row for row in rows if row["suppressed"]]
    assert len(silent) == 16
    assert all(row["satisfaction"] == "" for row in silent)
    assert "Chưa có phiếu nào" in client.get(f"/ket-qua/{computed.slug}").text


def test_the_workbook_opens_and_holds_the_same_figures(client, computed):
    reply = client.get(f"/ket-qua/{computed.slug}.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(reply.data))
    names = {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
    assert {row["name"] for row in figures(client, computed.slug) if row["name"]} <= names


def test_the_page_is_worded_in_english_too(client, computed):
    page = client.get(f"/ket-qua/{computed.slug}?lang=en").text
    assert "Index table" in page
    assert "Bảng chỉ số" not in page


def test_a_running_computation_is_shown_and_the_page_comes_back_until_it_is_done(
    app, client, computed
):
    place = f"/ket-qua/{computed.slug}"
    # The first answer of the wave asked for it.
    page = client.get(place).text
    assert "<progress" in page
    assert 'http-equiv="refresh"' in page
    assert 'http-equiv="refresh"' not in client.get(f"{place}?dung=1").text
    with computed.database.read() as session:
        waiting = running(session, computed.slug)
    jobs.run_queued(app, waiting.id)
    page = client.get(place).text
    assert "<progress" not in page
    assert 'http-equiv="refresh"' not in page
