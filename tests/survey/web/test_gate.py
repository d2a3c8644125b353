"""The poster's gate: whom it stops, what it asks, and that nobody is turned away."""

from __future__ import annotations

import io
import re
import wave as sound

import pytest
from sqlalchemy import func, select

from survey.services import captcha
from survey.store.models import Response
from survey.web import limits
from tests.support.waves import RATINGS, agree, answer_all, send

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture
def desk(wave, client):
    """A visitor who has scanned the poster."""
    client.get(f"/q/{wave.desk_code()}")
    return client


def n_answers(wave) -> int:
    with wave.database.read() as session:
        return session.scalar(select(func.count()).select_from(Response))


def solve(app, client, page, typed: str | None = None):
    """Send the captcha's page on, with the right digits or others."""
    fields = dict(HIDDEN.findall(page.text.partition("<main")[2]))
    right = captcha._answer(fields["captcha_challenge"], app.extensions["settings"].code_key_bytes)
    action = re.search(r'<form method="post" action="([^"]+)" novalidate', page.text)[1]
    return client.post(action, data=fields | {"captcha_typed": typed or right})


def test_a_program_that_fills_every_field_meets_the_captcha_and_loses_nothing(app, desk, wave):
    page = send(desk, "/phieu", consent="dong_y", website="http://x.example", a1="co", a2="co")
    assert page.status_code == 429
    assert 'name="a1" value="co"' in page.text
    assert "http://x.example" not in page.text
    done = solve(app, desk, page)
    assert done.status_code == 303
    assert send(desk, answer_all(desk, done.location, **RATINGS)).location == "/phieu/xong"
    assert n_answers(wave) == 1


def test_a_form_sent_within_two_seconds_meets_the_captcha(app, desk):
    app.config["TRAP_SECONDS"] = limits.TRAP_SECONDS
    page = send(desk, "/phieu", consent="dong_y")
    assert page.status_code == 429
    assert "Xin ông/bà nhập dãy số" in page.text
    app.config["TRAP_SECONDS"] = 0.0
    assert send(desk, "/phieu", consent="dong_y").status_code == 303


def test_a_wrong_or_used_answer_gives_new_digits(app, desk):
    page = send(desk, "/phieu", consent="dong_y", website="x")
    wrong = solve(app, desk, page, "nhầm")
    assert wrong.status_code == 422
    assert "Dãy số chưa đúng" in wrong.text
    # The first challenge is spent, though its answer is right.
    assert solve(app, desk, page).status_code == 422
    assert solve(app, desk, wrong).status_code == 303


def test_a_hall_behind_one_address_is_never_locked_out(app, wave, monkeypatch):
    monkeypatch.setattr(limits, "POSTER_FROM_NETWORK", ("3 per 10 minutes",))
    replies = []
    for _ in range(5):
        visitor = app.test_client()
        visitor.get(f"/q/{wave.desk_code()}")
        page = send(visitor, "/phieu", consent="dong_y")
        replies.append(page.status_code)
        if page.status_code == 429:
            assert solve(app, visitor, page).status_code == 303
    assert replies == [303, 303, 303, 429, 429]
    # Another network is not asked, nor a person who was drawn.
    visitor = app.test_client()
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    visitor.get(f"/q/{wave.desk_code()}", environ_base=elsewhere)
    token = re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/", environ_base=elsewhere).text
    )[1]
    sent = {"csrf_token": token, "consent": "dong_y"}
    assert visitor.post("/phieu", data=sent, environ_base=elsewhere).status_code == 303
    assert agree(app.test_client(), wave.codes(1)[0]).startswith("/phieu/")


def test_whoever_declines_is_asked_nothing(desk):
    assert send(desk, "/phieu", consent="khong", website="x").location == "/phieu/tu-choi"


def test_an_old_or_foreign_token_is_no_pass(app, desk):
    app.config["WTF_CSRF_ENABLED"] = False  # the gate alone must see it
    app.config["TRAP_SECONDS"] = limits.TRAP_SECONDS
    assert desk.post("/phieu", data={"consent": "dong_y"}).status_code == 429
    forged = {"consent": "dong_y", "csrf_token": "IjEyMyI.aaaa.bbbb"}
    assert desk.post("/phieu", data=forged).status_code == 429


def test_picture_and_sound_say_the_same_and_need_no_database(app, client):
    key = app.extensions["settings"].code_key_bytes
    challenge = captcha.new_challenge()
    picture = client.get(f"/kiem-tra/{challenge}.png")
    assert (picture.content_type, picture.data[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    lengths = []
    for language in ("vi", "en"):
        reply = client.get(f"/kiem-tra/{challenge}.wav?lang={language}")
        with sound.open(io.BytesIO(reply.data)) as heard:
            lengths.append(heard.getnframes() / heard.getframerate())
    assert all(5 < seconds < 40 for seconds in lengths)
    assert captcha.is_solved(challenge, " ".join(captcha._answer(challenge, key)), key=key)
    assert not captcha.is_solved(challenge, "", key=key)
    assert len({captcha._answer(captcha.new_challenge(), key) for _ in range(200)}) > 190
