"""What every reply tells the browser, and what is never taken or written."""

from __future__ import annotations

import logging

import pytest

from survey.web import limits
from tests.support.waves import agree, send, token

PATHS = ["/", "/ket-qua/", "/van-phong/dang-nhap", "/nowhere", "/healthz", "/static/css/base.css"]


@pytest.mark.parametrize("path", PATHS)
def test_every_reply_has_the_headers(client, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; script-src 'self' 'nonce-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_each_reply_has_a_nonce_of_its_own(client):
    policies = {client.get("/").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


def test_answer_pages_are_never_stored(client, wave):
    place = agree(client, wave.codes()[0])
    assert client.get(place).headers["Cache-Control"] == "no-store"


def test_no_cache_between_server_and_browser_keeps_a_page(client, wave):
    for path in ("/", f"/ket-qua/{wave.slug}", "/nowhere"):
        assert client.get(path).headers["Cache-Control"] == "private, no-cache"
    assert "max-age" in client.get("/static/css/base.css").headers["Cache-Control"]


def test_cookies_are_signed_and_out_of_reach_of_scripts(client, wave):
    reply = client.get(f"/P/{wave.codes()[0]}")
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    client.set_cookie("cchc", "eyJlbnRyeSI6WyJjYXNlIiwxXX0.forged.signature")
    assert client.get("/phieu").status_code == 404


def test_a_form_without_its_token_is_refused_and_nothing_is_done(client, wave):
    client.get(f"/P/{wave.codes()[0]}")
    reply = client.post("/phieu", data={"consent": "dong_y"})
    assert reply.status_code == 400
    assert "mở quá lâu" in reply.text
    assert 'href="/phieu">Mở lại trang này' in reply.text


def test_every_form_that_is_shown_carries_a_token(client, wave):
    place = agree(client, wave.codes()[0])
    for path in ("/", "/van-phong/dang-nhap", "/phieu", place):
        page = client.get(path).text
        assert page.count("<form") == page.count('name="csrf_token"')


def test_wrong_codes_lock_out_that_code_and_not_the_office_next_door(app, client, wave):
    wrong = "0" * 14
    states = [send(client, "/ma", code=wrong).status_code for _ in range(12)]
    assert states == [404] * 10 + [429] * 2
    # The same address, as in an office with one line: a right code still opens.
    assert app.test_client().get(f"/P/{wave.codes()[0]}").status_code == 303


def test_right_codes_use_up_no_limit(client, wave):
    (code,) = wave.codes()
    assert {client.get(f"/P/{code}").status_code for _ in range(40)} == {303}


def test_a_body_that_is_too_long_is_refused(client):
    reply = client.post("/ma", data={"csrf_token": token(client), "code": "x" * 400_000})
    assert reply.status_code == 413


def test_logs_hold_no_codes_and_no_answers(app, client, wave, caplog):
    (code,) = wave.codes()
    logging.getLogger().addHandler(caplog.handler)
    with caplog.at_level(logging.INFO):
        place = agree(client, code)
        send(client, place, a1="co", a2="co", a3="tu", a4="khong")
    written = " ".join(str(record.msg) + record.getMessage() for record in caplog.records)
    assert "respond.one_time_link" in written
    assert code not in written
    assert "csrf" not in written
    assert "'tu'" not in written


def test_health_tells_alive_from_ready(app, client):
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


def test_readiness_fails_without_a_schema(empty_database_url, tmp_path):
    from survey.app import create_app
    from survey.config import Settings

    settings = Settings.from_env(
        {"DATABASE_URL": empty_database_url, "SURVEY_INSTANCE": str(tmp_path / "x")}
    )
    made = create_app(settings)
    assert made.test_client().get("/readyz").status_code == 503
    assert made.test_client().get("/healthz").status_code == 200
    made.extensions["database"].dispose()


def test_a_page_that_is_not_there_says_so_in_both_languages(client):
    assert "Không có trang này" in client.get("/nowhere").text
    assert "There is no such page" in client.get("/nowhere?lang=en").text


@pytest.mark.parametrize("path", ["/ket-qua/%00", "/ket-qua/%00.csv"])
def test_an_address_with_a_nul_is_not_there_on_either_database(client, path):
    assert client.get(path).status_code == 404


def test_the_wrong_method_is_refused(client):
    assert client.get("/ma").status_code == 405


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
    ],
)
def test_a_visitors_network_is_the_same_however_its_address_is_written(app, address, network):
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert limits.network() == network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.7:4711", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("[2001:db8:1:2::3]:4711", "2001:db8:1::/48"),
        ("somebody", "unknown"),
    ],
)
def test_limits_are_counted_by_network_however_a_proxy_writes_it(app, address, network):
    from survey.web import limits

    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert limits.network() == network
