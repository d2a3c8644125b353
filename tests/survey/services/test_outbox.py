"""Files of tablets without a network: what is not such a file, not ours, or locked out."""

from __future__ import annotations

import base64
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from survey.domain.roles import Role
from survey.errors import InvalidInput
from survey.services import tablet
from survey.services.intake import enumerators, outbox
from survey.store.models import FieldAddress, FieldSubmission
from tests.support import field, waves
from tests.survey.web.test_releases import logged_in

NOW = datetime.now(UTC)


@pytest.fixture
def device(app):
    return field.device(app, waves.make(app, scale=0.03), n=3)


@pytest.fixture
def key_of(app, device):
    """(number of the device's address, its key)."""
    with app.extensions["database"].read() as session:
        address = session.query(FieldAddress).one()
        code_key = app.extensions["settings"].code_key_bytes
        return address.id, tablet.device_key(code_key, bytes(address.digest))


def sealed(key_of, value) -> dict:
    number, key = key_of
    data = AESGCM(key).encrypt(b"twelve bytes", json.dumps(value).encode(), None)
    text = base64.b64encode
    pieces = [text(data[i : i + 9]).decode() for i in range(0, len(data), 9)]
    return {"key": number, "iv": text(b"twelve bytes").decode(), "data": pieces}


def interview(key_of, device, case, id_="uuid:one") -> dict:
    xml = device.fill(case, instance_id=id_).decode()
    photo = {"type": "image/png", "text": base64.b64encode(b"\x89PNG").decode()}
    body = sealed(key_of, {"xml": xml, "files": {"tam.png": photo}})
    head = sealed(key_of, {"case": case})
    return {"id": id_, "kind": "interview", "state": "ready", "at": 0, "head": head, "body": body}


def attempt(key_of, case, **more) -> dict:
    at = (NOW - timedelta(minutes=5)).isoformat()
    told = {"case": case, "mode": "visit", "result": "2.21", "note": "", "fixed": at} | more
    head = sealed(key_of, told)
    return {"id": "a", "kind": "attempt", "state": "ready", "at": 0, "head": head, "body": None}


def take_in(app, records) -> list[outbox.Line]:
    content = records if isinstance(records, bytes) else json.dumps(records).encode()
    with app.extensions["database"].write() as session:
        key = app.extensions["settings"].code_key_bytes
        return outbox.take_in(session, content, code_key=key, by="lan", now=NOW)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{}", b"[]", b"[" * 100_000, b"null"])
def test_what_is_no_such_file_is_refused(app, device, content):
    with pytest.raises(InvalidInput) as refused:
        take_in(app, content)
    assert refused.value.code == "outbox.unreadable"


def test_one_bad_record_does_not_keep_the_others_out(app, device, key_of):
    case, tried, _ = device.cases()
    good = interview(key_of, device, case)
    strange = attempt((key_of[0] + 7, key_of[1]), tried)
    wrong = attempt((key_of[0], b"x" * 32), tried)
    theirs = attempt(key_of, 99_999_999)
    odd = [{}, None, 7, {"kind": "interview", "state": "ready"}, {**good, "kind": "spell"}]
    odd += [{**good, "body": None}, {**good, "head": {**good["head"], "data": ["*"]}}]
    odd += [attempt(key_of, tried, fixed="yesterday"), {**good, "body": sealed(key_of, [])}]
    told = take_in(app, [*odd, strange, wrong, theirs, good, attempt(key_of, tried)])
    assert [each.outcome for each in told] == ["refused"] * 12 + ["kept"] * 2
    codes = [each.problem.code for each in told if each.problem]
    assert codes == ["outbox.unreadable"] * 9 + [
        "outbox.no_key",
        "outbox.damaged",
        "tablet.not_yours",
    ]
    field.work(app)
    with app.extensions["database"].read() as session:
        (kept,) = session.query(FieldSubmission)
        assert (kept.case_id, kept.state) == (case, "stored")


def test_a_locked_device_gets_its_interviews_in_once_it_has_a_new_address(app, device, key_of):
    case = device.cases()[0]
    records = [interview(key_of, device, case)]
    with app.extensions["database"].write() as session:
        enumerators.revoke_address(session, device.name, by="lan", now=NOW)
    (told,) = take_in(app, records)
    assert (told.outcome, told.problem.code) == ("refused", "outbox.no_address")
    with app.extensions["database"].write() as session:
        enumerators.issue_address(
            session, device.name, code_key=app.extensions["settings"].code_key_bytes, by="lan",
            now=NOW,
        )  # fmt: skip
    assert [each.outcome for each in take_in(app, records)] == ["kept"]


def test_the_page_and_the_command_say_what_became_of_each_record(app, device, key_of, tmp_path):
    app.config["WTF_CSRF_ENABLED"] = False
    office = logged_in(app, device.wave.database, Role.MANAGER)
    place = f"/van-phong/dot/{device.wave.slug}/cach-ly"
    records = json.dumps([interview(key_of, device, device.cases()[0]), {}]).encode()
    page = office.post(place, data={"file": (io.BytesIO(records), "unsent.json")})
    assert page.status_code == 200
    assert f"phiếu · {device.name}" in page.text and "đã nhận" in page.text
    assert "không do ứng dụng thực địa" in page.text
    refused = office.post(place, data={"file": (io.BytesIO(b"?"), "x.json")})
    assert refused.status_code == 422
    (tmp_path / "unsent.json").write_bytes(records)
    ran = app.test_cli_runner().invoke(args=["enumerator", "open", str(tmp_path / "unsent.json")])
    assert ran.exit_code == 0, ran.output
    assert f"1 interview {device.name}: kept" in ran.output
