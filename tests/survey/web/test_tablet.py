"""What the tablet app fetches and brings back, without a browser."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from survey.services.intake import enumerators
from survey.services.supervision import messages
from survey.store import contacts
from tests.support import field, waves


@pytest.fixture
def device(app):
    return field.device(app, waves.make(app, scale=0.03), n=3)


@pytest.fixture
def ask(app, device):
    client = app.test_client()
    return lambda path, **more: client.open(f"{device.place}/app/{path}", **more)


def attempt(case: int, **more) -> dict:
    at = datetime.now(UTC) - timedelta(minutes=5)
    told = {"case": case, "at": at.isoformat(), "mode": "visit", "result": "2.21", "note": ""}
    return {"method": "POST", "json": told | more}


def test_the_pack_holds_the_devices_own_cases_and_nobody_elses(device, ask):
    pack = ask("pack.json")
    assert pack.headers["Cache-Control"] == "no-store"
    assert sorted(case["id"] for case in pack.json["cases"]) == sorted(device.cases())
    assert {case["form"] for case in pack.json["cases"]} == {pack.json["forms"][0]["id"]}
    assert [key["current"] for key in pack.json["keys"]] == [True]


def test_a_locked_device_gets_no_key_and_its_next_address_opens_what_it_kept(app, device, ask):
    (before,) = ask("pack.json").json["keys"]
    settings, now = app.extensions["settings"], datetime.now(UTC)
    with app.extensions["database"].write() as session:
        token = enumerators.issue_address(
            session, device.name, code_key=settings.code_key_bytes, by="test", now=now
        )
    assert ask("pack.json").status_code == 403
    after = app.test_client().get(f"/odk/{token}/app/pack.json").json["keys"]
    assert {**before, "current": False} in after
    assert [key["current"] for key in after] == [False, True]
    assert len({key["key"] for key in after}) == 2


def test_an_attempt_that_comes_twice_is_logged_once(app, device, ask):
    case = device.cases()[0]
    told = attempt(case)
    assert [ask("attempts", **told).json["outcome"] for _ in range(3)] == ["kept", "known", "known"]
    with app.extensions["database"].read() as session:
        assert len(contacts.attempts_of(session, case)) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"result": "2.112", "mode": "nobody"}, 422),
        ({"note": "gọi số 0912345678"}, 422),
        ({"at": "yesterday"}, 422),
        ({"at": "2020-01-01T00:00:00+00:00"}, 422),
        ({"case": 99_999_999}, 404),
        ({"case": "1"}, 422),
    ],
)
def test_an_attempt_that_cannot_be_kept_is_told_why(device, ask, change, status):
    reply = ask("attempts", **attempt(**({"case": device.cases()[0]} | change)))
    assert (reply.status_code, bool(reply.json["message"])) == (status, True)


def test_a_lost_device_is_locked_and_its_open_cases_are_free(app, device, ask):
    cases = device.cases()
    field.sent(device, "uuid:before-it-was-lost", cases[0])
    field.work(app)
    with app.extensions["database"].write() as session:
        n = enumerators.lose_device(session, device.name, by="test", now=datetime.now(UTC))
    assert n == len(cases) - 1
    assert device.cases() == cases[:1]
    assert ask("pack.json").status_code == 403
    assert device.post(device.fill(cases[1])).status_code == 403


def test_without_the_built_app_the_page_says_what_is_missing(app, ask, tmp_path):
    app.static_folder = str(tmp_path)
    page = ask("")
    assert (page.status_code, "make tablet" in page.text) == (503, True)
    assert ask("worker.js").status_code == 404


def test_the_worker_keeps_every_built_file(app, ask, tmp_path):
    app.static_folder = str(tmp_path)
    (tmp_path / "tablet").mkdir()
    made = {"version": "abc", "files": ["app.js", "part-1.js"]}
    (tmp_path / "tablet" / "made.json").write_text(json.dumps(made), "utf-8")
    (tmp_path / "tablet" / "worker.txt").write_text("// worker", "utf-8")
    text = ask("worker.js").text
    keep = json.loads(text.partition("=")[2].partition(";\n")[0])
    assert {"/static/tablet/app.js?v=abc", "/static/tablet/part-1.js"} <= set(keep["files"])
    page = ask("")
    assert "wasm-unsafe-eval" in page.headers["Content-Security-Policy"]
    assert "wasm-unsafe-eval" not in ask("pack.json").headers["Content-Security-Policy"]


def test_messages_come_with_the_pack_and_are_told_to_be_read_once(app, device, ask):
    now = datetime.now(UTC)
    with app.extensions["database"].write() as session:
        messages.send(session, device.wave.slug, device.name, "Họp lúc 8 giờ.", by="lan", now=now)
        messages.send(session, device.wave.slug, "", "Trời mưa.", by="lan", now=now)
    told = ask("pack.json").json["messages"]
    assert [(each["text"], each["by"], each["read"]) for each in told] == [
        ("Trời mưa.", "lan", False),
        ("Họp lúc 8 giờ.", "lan", False),
    ]
    place = f"messages/{told[0]['id']}/read"
    assert [ask(place, method="POST").status_code for _ in range(2)] == [201, 201]
    assert ask("messages/999999/read", method="POST").status_code == 404
    assert [each["read"] for each in ask("pack.json").json["messages"]] == [True, False]
