"""The office: who gets in, what is counted, what is asked of the worker."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from survey.domain.roles import Role
from survey.services import accounts, jobs
from survey.store import waves
from tests.support.waves import RATINGS, TOKEN, agree, answer_all, send


@pytest.fixture
def enter(app, client, database):
    """Make an account with a role and log this test's visitor in; its password is returned."""

    def make(role: Role = Role.MANAGER, name: str = "lan") -> str:
        with database.write() as session:
            password = accounts.create(session, name, role, by="test", now=datetime.now(UTC))
        reply = send(client, "/van-phong/dang-nhap", name=name, password=password)
        assert reply.location == "/van-phong/"
        return password

    return make


def job(database, n: int = 1):
    with database.read() as session:
        return jobs.get(session, n)


def test_strangers_are_sent_to_the_login_and_come_back(client, database):
    reply = client.get("/van-phong/dot/x")
    assert reply.location == "/van-phong/dang-nhap?next=/van-phong/dot/x"
    with database.write() as session:
        password = accounts.create(session, "an", Role.VIEWER, by="test", now=datetime.now(UTC))
    assert send(client, reply.location, name="an", password=password).location == "/van-phong/dot/x"


def test_a_login_never_leads_to_another_site(client, database):
    with database.write() as session:
        password = accounts.create(session, "an", Role.VIEWER, by="test", now=datetime.now(UTC))
    reply = send(client, "/van-phong/dang-nhap?next=//example.org", name="an", password=password)
    assert reply.location == "/van-phong/"


def without(page: str, name: str) -> str:
    """A page without its form token, which changes by the second, and without a name."""
    return TOKEN.sub("", page).replace(f'value="{name}"', "")


def test_a_wrong_password_says_no_more_than_that(client, database):
    with database.write() as session:
        accounts.create(session, "an", Role.VIEWER, by="test", now=datetime.now(UTC))
    known = send(client, "/van-phong/dang-nhap", name="an", password="x")
    unknown = send(client, "/van-phong/dang-nhap", name="nobody", password="x")
    assert known.status_code == unknown.status_code == 422
    assert "không đúng" in known.text
    assert without(known.text, "an") == without(unknown.text, "nobody")


def test_guessing_a_password_is_stopped_for_that_name_only(client, database):
    with database.write() as session:
        other = accounts.create(session, "binh", Role.VIEWER, by="test", now=datetime.now(UTC))
    states = [
        send(client, "/van-phong/dang-nhap", name="an", password="x").status_code for _ in range(10)
    ]
    assert states == [422] * 8 + [429] * 2
    assert send(client, "/van-phong/dang-nhap", name="binh", password=other).status_code == 303


def test_a_changed_password_ends_other_sessions(app, client, enter):
    old = enter()
    elsewhere = app.test_client()
    send(elsewhere, "/van-phong/dang-nhap", name="lan", password=old)
    assert elsewhere.get("/van-phong/").status_code == 200
    new = "một câu dễ nhớ hơn"
    assert send(client, "/van-phong/mat-khau", old=old, new=new).location == "/van-phong/"
    assert client.get("/van-phong/").status_code == 200
    assert elsewhere.get("/van-phong/").status_code == 303


@pytest.mark.parametrize(("old", "new"), [("wrong", "long enough to do"), (None, "short")])
def test_a_password_is_changed_only_by_who_knows_it_and_to_a_long_one(client, enter, old, new):
    password = enter()
    assert send(client, "/van-phong/mat-khau", old=old or password, new=new).status_code == 422


def test_a_password_set_by_somebody_else_must_be_changed_first(client, enter, database):
    enter()
    with database.write() as session:
        password = accounts.reset_password(session, "lan", by="test", now=datetime.now(UTC))
    send(client, "/van-phong/dang-nhap", name="lan", password=password)
    assert client.get("/van-phong/").location == "/van-phong/mat-khau"


def test_live_counts_follow_the_fieldwork(app, client, enter, wave):
    enter()
    first, second, third = wave.codes(3)
    visitor = app.test_client()
    answer_all(visitor, agree(visitor, first), **{**RATINGS, "a4": "co"})
    send(visitor, "/phieu/gui")
    visitor.get(f"/P/{second}")
    send(visitor, "/phieu", consent="khong")
    agree(app.test_client(), third)
    visitor = app.test_client()
    visitor.get(f"/Q/{wave.desk_code()}")
    answer_all(visitor, send(visitor, "/phieu", consent="dong_y").location, **RATINGS)
    send(visitor, "/phieu/gui")
    page = client.get(f"/van-phong/dot/{wave.slug}").text
    assert "Phiếu khảo sát người dân về sự phục vụ tại xã, thị trấn · phiên bản 2023.2" in page
    total = page[page.index('class="whole"') :].split("</tr>")[0]
    cells = [part.split(">")[-1] for part in total.replace("</strong>", "").split("</td>")[:-1]]
    _sampled, opened, submitted, refused, _rate, flagged, _reserve, stream = cells
    assert (opened, submitted, refused, flagged, stream) == ("3", "1", "1", "1", "1")


def test_a_recomputation_is_asked_for_once_and_followed_on_its_page(client, enter, wave, database):
    enter()
    first = send(client, f"/van-phong/dot/{wave.slug}/tinh-lai")
    second = send(client, f"/van-phong/dot/{wave.slug}/tinh-lai")
    assert first.location == second.location == "/van-phong/viec/1"
    page = client.get(first.location)
    assert "<progress" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert job(database).state == "queued"


def test_a_job_that_cannot_be_done_says_why(app, client, enter, wave, database):
    enter()
    send(client, f"/van-phong/dot/{wave.slug}/tinh-lai")
    from survey.jobs import run_queued

    run_queued(app, 1)
    assert job(database).state == "failed"
    assert "chưa có phiếu trả lời" in client.get("/van-phong/viec/1").text


ACTIONS = {
    Role.VIEWER: set(),
    Role.ANALYST: {"tinh-lai"},
    Role.MANAGER: {"tinh-lai", "dong", "an"},
}


@pytest.mark.parametrize("role", ACTIONS)
def test_the_page_offers_only_what_the_account_may_do(client, enter, wave, role):
    enter(role)
    page = client.get(f"/van-phong/dot/{wave.slug}").text
    assert set(re.findall(rf'action="/van-phong/dot/{wave.slug}/([^"]+)"', page)) == ACTIONS[role]


def test_a_viewer_looks_and_changes_nothing(client, enter, wave):
    enter(Role.VIEWER)
    assert client.get(f"/van-phong/dot/{wave.slug}").status_code == 200
    for action in ("tinh-lai", "dong", "mo", "an", "cong-khai"):
        assert send(client, f"/van-phong/dot/{wave.slug}/{action}").status_code == 403


def test_closing_twice_is_refused_in_words(client, enter, wave):
    enter()
    assert send(client, f"/van-phong/dot/{wave.slug}/dong").status_code == 303
    again = send(client, f"/van-phong/dot/{wave.slug}/dong")
    assert again.status_code == 409
    assert "không có gì để đóng" in again.text
    assert send(client, f"/van-phong/dot/{wave.slug}/mo").status_code == 303
    twice = send(client, f"/van-phong/dot/{wave.slug}/mo?lang=en")
    assert "is open already" in twice.text


def test_a_wave_in_preparation_has_no_results_to_show(client, enter, wave, database):
    enter()
    with database.write() as session:
        found = waves.get(session, wave.slug)
        found.state, found.results_public = "planned", False
    assert "Công khai kết quả" not in client.get(f"/van-phong/dot/{wave.slug}").text
    refused = send(client, f"/van-phong/dot/{wave.slug}/cong-khai")
    assert refused.status_code == 409
    assert "đang chuẩn bị" in refused.text


def test_posters_come_as_a_pdf(client, enter, wave):
    enter()
    reply = client.get(f"/van-phong/dot/{wave.slug}/ap-phich.pdf")
    assert reply.content_type == "application/pdf"
    assert reply.data.startswith(b"%PDF-")


def test_an_empty_office_says_what_to_do_next(client, enter):
    enter()
    assert "flask demo load" in client.get("/van-phong/").text


def test_withheld_results_are_the_offices_alone(app, client, enter, wave):
    enter()
    send(client, f"/van-phong/dot/{wave.slug}/an")
    assert client.get(f"/ket-qua/{wave.slug}").status_code == 200
    stranger = app.test_client()
    assert stranger.get(f"/ket-qua/{wave.slug}").status_code == 404
    assert stranger.get(f"/ket-qua/{wave.slug}.csv").status_code == 404
    assert wave.slug not in stranger.get("/ket-qua/").text


def test_a_job_that_answers_asked_for_is_named_so_in_both_languages(client, enter, wave, database):
    enter()
    with database.write() as session:
        asked = jobs.request(
            session, "recompute", {"wave": wave.slug}, by="system", now=datetime.now(UTC)
        )
    assert "Yêu cầu bởi hệ thống" in client.get(f"/van-phong/viec/{asked}").text
    page = client.get(f"/van-phong/viec/{asked}?lang=en").text
    assert "the system" in page
    assert "<strong>Waiting" in page.replace("\n", "")


def test_a_plan_is_proposed_looked_at_and_made(app, client, enter, database):
    from survey.jobs import run_queued
    from survey.services.demo import load

    with database.write() as session:
        key = app.extensions["settings"].contact_key
        load.load(session, contact_key=key, by="test", now=datetime.now(UTC), scale=0.02)
    enter()
    page = f"/van-phong/dot/{load.SLUG}/phuong-an"
    refused = send(client, page, formula="total", total="0")
    assert refused.status_code == 422
    assert "Tổng số phiếu" in refused.text
    assert send(client, page, formula="total", total="400", allocation="equal").location == page
    run_queued(app, 1)
    shown = client.get(page).text
    assert "<polyline" in shown
    assert "400" in shown
    job_page = send(client, f"{page}/1/dung").location
    run_queued(app, int(job_page.rsplit("/", 1)[1]))
    with database.read() as session:
        planned = waves.plan_of(session, waves.get(session, load.SLUG).id)
        assert sum(stratum["n"] for stratum in planned.definition["strata"]) == 400
