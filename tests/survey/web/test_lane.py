"""The short way and Flask's views are one thing: same pages, same heads, same rows."""

from __future__ import annotations

import os
import re
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from survey.services import entry
from survey.store import session
from survey.store.models import Response
from survey.web.respond import Lane
from tests.support import waves
from tests.support.waves import ELIGIBLE, RATINGS

ANSWERS = {**ELIGIBLE, **RATINGS, "h3": "khong", "g0": "khong", "j2": "Cảm ơn cán bộ"}
#: What no two answers share, and what the clock may change between them.
NEW = ("id", "receipt_digest", "paradata", "minutes")
#: What differs from one page to the next of the same kind.
OWN = [
    re.compile(r'name="csrf_token" value="[^"]+"'),
    re.compile(r"nonce[-=][\"']?[\w-]+"),
    re.compile(r'data-keep="\w+"'),
    re.compile(r'class="code">[^<]+<'),
]


def lane_of(app) -> Lane:
    found = app.wsgi_app
    while not isinstance(found, Lane):
        found = getattr(found, "inner", None) or found.app
    return found


@pytest.fixture(params=["sections", "joined", "one_page"])
def wave(request, app):
    return waves.make(app, layout=request.param)


def seen(reply) -> tuple:
    """What a browser gets, without what is new in every reply."""
    text = reply.text if reply.status_code == 200 else ""
    for own in OWN:
        text = own.sub("", text)
    # Some options are offered in an order of each visitor's own.
    text = sorted(text.splitlines())
    head = {name: OWN[1].sub("", value) for name, value in reply.headers.items()}
    head["Vary"] = sorted(part.strip() for part in head.get("Vary", "").split(","))
    head["Set-Cookie"] = re.sub(r"=[^;]+", "=", head.get("Set-Cookie", ""))
    if reply.status_code != 200:
        # A redirection's own page is read by nobody.
        head.pop("Content-Length", None)
        head["Vary"] = []
    return reply.status_code, text, head


def walk(app, code: str, *, short: bool, answers: dict = ANSWERS) -> tuple[list, int]:
    """All replies from the link to the receipt, and how many the lane gave."""
    client, lane = app.test_client(), lane_of(app)
    given = 0
    start_of_views = lane.inner

    def views(environ, start):
        nonlocal given
        given += 1
        return start_of_views(environ, start)

    lane.inner = views
    if not short:
        app.wsgi_app, kept = views, app.wsgi_app
    try:
        client.get(f"/P/{code}")
        place, replies = "/phieu", []
        while place != "/phieu/xong":
            page = client.get(place)
            replies.append(seen(page))
            fields = {"csrf_token": waves.TOKEN.search(page.text)[1], **answers}
            fields["consent"] = "dong_y"
            if named := re.search(r'name="page" value="([^"]+)"', page.text):
                fields["page"] = named[1]
            sent = client.post(place, data=fields)
            replies.append(seen(sent))
            place = sent.location
        replies.append(seen(client.get(place)))
    finally:
        lane.inner = start_of_views
        if not short:
            app.wsgi_app = kept
    return replies, given


def test_both_ways_give_the_same_pages_and_the_same_answer(app, wave):
    codes = wave.codes(40)
    with wave.database.read() as opened:
        unit = {}
        key, clock = app.extensions["settings"].code_key_bytes, app.extensions["clock"]
        for code in codes:
            found = entry.open_case(opened, code, code_key=key, now=clock())
            unit.setdefault((found.unit_name, found.field), []).append(code)
    three = next(same for same in unit.values() if len(same) >= 3)
    walk(app, three[0], short=False)  # pages are compiled by the views
    by_views, n_views = walk(app, three[1], short=False)
    by_lane, n_rest = walk(app, three[2], short=True)
    assert n_views == len(by_views) + 1
    # The link itself, and where there is one the last look before sending.
    assert n_rest <= 2
    assert by_lane == by_views
    with wave.database.read() as opened:
        stored = [
            {name: value for name, value in row.items() if name not in NEW}
            for row in opened.execute(select(Response.__table__)).mappings()
        ]
    assert len(stored) == 3
    assert stored[0] == stored[1] == stored[2]


@pytest.mark.parametrize(
    "spoilt", [{"csrf_token": "x"}, {"csrf_token": ""}, {"consent": "vay"}, {"consent": ""}]
)
def test_what_the_views_refuse_the_lane_refuses(app, wave, spoilt):
    (code,) = wave.codes()
    client = app.test_client()
    client.get(f"/P/{code}")
    page = client.get("/phieu")
    fields = {"csrf_token": waves.TOKEN.search(page.text)[1], "consent": "dong_y", **ANSWERS}
    if named := re.search(r'name="page" value="([^"]+)"', page.text):
        fields["page"] = named[1]
    reply = client.post("/phieu", data=fields | spoilt)
    assert reply.status_code == (400 if "csrf_token" in spoilt else 422)
    with wave.database.read() as opened:
        assert opened.scalars(select(Response)).all() == []


def test_a_cookie_that_is_not_ours_or_too_old_opens_nothing(app, wave):
    (code,) = wave.codes()
    client = app.test_client()
    client.get(f"/P/{code}")
    assert client.get("/phieu").status_code == 200
    good = client.get_cookie("cchc").value
    for bad in (
        good[:-9] + ("A" if good[-9] != "A" else "B") + good[-8:],
        good[1:],
        "a.b.c",
        good + good,
    ):
        client.set_cookie("cchc", bad)
        assert client.get("/phieu").status_code == 404
    app.permanent_session_lifetime = timedelta(seconds=-1)
    client.set_cookie("cchc", good)
    assert client.get("/phieu").status_code == 404


def test_a_language_asked_for_by_the_link_is_given(app, wave):
    (code,) = wave.codes()
    client = app.test_client()
    client.get(f"/P/{code}")
    client.get("/phieu")
    assert 'lang="en"' in client.get("/phieu?lang=en").text
    assert 'lang="vi"' in client.get("/phieu").text


@pytest.mark.postgresql
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_page_is_one_question_and_a_form_one_more_statement(app, tmp_path, monkeypatch):
    """On the wire: every Sync that psycopg sends is a round trip."""
    wave = waves.make(app, layout="one_page")
    *before, second = wave.codes(3)
    for code in before:  # what is asked once a day, or once a process
        walk(app, code, short=True)
    # A connection that has rested is tried before it is used; this one has no time to rest.
    monkeypatch.setattr(session, "REST_SECONDS", 600.0)
    trips = []
    engine = wave.database._each
    wire = tmp_path / "wire"

    def trace(connection, *_rest):
        connection.pgconn.trace(os.open(wire, os.O_WRONLY | os.O_CREAT | os.O_APPEND))

    event.listen(engine, "checkout", trace)
    event.listen(engine, "checkin", lambda connection, _record: connection.pgconn.untrace())
    client = app.test_client()
    client.get(f"/P/{second}")
    page = client.get("/phieu")
    fields = {"csrf_token": waves.TOKEN.search(page.text)[1], **ANSWERS}
    fields |= {"consent": "dong_y", "page": "sang_loc"}
    for ask in (lambda: client.get("/phieu"), lambda: client.post("/phieu", data=fields)):
        wire.write_text("")
        reply = ask()
        lines = wire.read_text(errors="replace").splitlines()
        trips.append(sum("\tF\t" in line and ("Sync" in line or "Query" in line) for line in lines))
        changed = [line for line in lines if "CommandComplete" in line and "SELECT" not in line]
        assert len(changed) == (1 if reply.status_code == 303 else 0)
    assert reply.location == "/phieu/xong"
    assert trips == [1, 2], lines
