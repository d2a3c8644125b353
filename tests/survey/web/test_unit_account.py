"""A unit's own account: its claims, its duties, its result, and nothing of another unit."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from survey.domain.attachment import checked
from survey.domain.calendar import local_day
from survey.domain.duty import Kind
from survey.domain.roles import Role
from survey.errors import InvalidInput
from survey.services import accounts, unit_accounts
from survey.services.appraisal import claim_sheet, entering, reading
from survey.services.follow_up import duties
from survey.store.models import AuditEvent, PointEvent, User, Wave
from tests.support import released
from tests.support.waves import make, send, token
from tests.survey.web.test_releases import logged_in

NOW = datetime.now(UTC)
PAPER = checked("bien-ban.pdf", b"%PDF-1.7 minutes")
HA = "Bà Hà, Chủ tịch UBND xã"


def upload(name="bien-ban.pdf", content=PAPER.content):
    return io.BytesIO(content), name


def open_days(wave, claim=7, decide=14, note=""):
    today = local_day(NOW)
    with wave.database.write() as session:
        entering.set_days(
            session, wave.slug, today + timedelta(claim), today + timedelta(decide), note,
            by="lan", now=NOW,
        )  # fmt: skip


def units_of(wave):
    with wave.database.read() as session:
        return reading.of_wave(session, wave.slug)


def speaks_for(app, wave, unit, name):
    """Somebody of the unit who has changed the first password."""
    with wave.database.write() as session:
        made = unit_accounts.make(session, wave.slug, unit.id, name, by="lan", now=NOW)
    client = app.test_client()
    sent = send(client, "/van-phong/dang-nhap", name=name, password=made.password)
    assert sent.location == "/don-vi/"
    assert client.get("/don-vi/").location == "/van-phong/mat-khau", "changed before anything"
    changed = send(client, "/van-phong/mat-khau", old=made.password, new="mot hai ba bon nam")
    assert changed.location == "/don-vi/"
    return client


@pytest.fixture
def wave(app):
    made = make(app, scale=0.005)
    open_days(made)
    return made


def test_a_unit_claims_and_reads_the_decision_on_its_own_items_alone(app, wave):
    mine, other = units_of(wave)[:2]
    item = mine.items[0].name
    ours, theirs = (
        speaks_for(app, wave, unit, name) for unit, name in ((mine, "ta"), (other, "ban"))
    )
    assert mine.name in ours.get("/don-vi/").text
    home = f"/don-vi/dot/{wave.slug}"
    place = f"{home}/tu-cham/muc/{item}"
    assert send(ours, place, do="claim", points="0,5", file=upload()).status_code == 422, "person"
    bad = upload(content=b"<html>")
    assert send(ours, place, do="claim", points="0,5", person=HA, file=bad).status_code == 422
    sent = send(ours, place, do="claim", points="0,5", person=HA, file=upload())
    assert sent.status_code == 303
    manager = logged_in(app, wave.database, Role.MANAGER)
    desk = f"/van-phong/dot/{wave.slug}/tham-dinh/{mine.id}/{item}"
    shown = manager.get(desk).text
    assert HA in shown
    assert "ta" in shown
    reason = "Thiếu chữ ký của Chủ tịch."
    decided = {"csrf_token": token(manager, desk), "decision": "changed", "points": "0,25"}
    done = manager.post(f"{desk}/quyet-dinh", data=decided | {"reason": reason})
    assert done.status_code == 303
    page = ours.get(place).text
    assert reason in page
    assert "0,25" in page
    assert ours.get(f"{home}/tu-cham/tep/{PAPER.sha256}").data == PAPER.content
    # The other unit sees an empty item, and has no such file.
    assert reason not in theirs.get(place).text
    assert "bien-ban.pdf" not in theirs.get(place).text
    assert theirs.get(f"{home}/tu-cham/tep/{PAPER.sha256}").status_code == 404
    assert mine.name not in theirs.get(home).text
    assert other.name not in ours.get(home).text
    with wave.database.read() as session:
        log = session.scalars(select(PointEvent).order_by(PointEvent.id)).all()
        assert [(e.unit_id, e.action, e.by) for e in log] == [
            (mine.id, "claimed", "ta"), (mine.id, "changed", "manager"),
        ]  # fmt: skip
        noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "points.claimed"))
        assert [e.by for e in noted] == ["ta"]


def test_no_office_page_opens_to_a_unit_and_no_unit_page_to_the_office(app, wave):
    mine = units_of(wave)[0]
    ours = speaks_for(app, wave, mine, "ta")
    guarded = {Role.ADMIN, Role.MANAGER, Role.ANALYST, Role.VIEWER, Role.ENUMERATOR}
    shared = {"office.log_out", "office.password", "office.change_password"}
    people = [logged_in(app, wave.database, role) for role in (Role.ADMIN, Role.MANAGER)]
    refused = own = 0
    for rule in app.url_map.iter_rules():
        guard = app.view_functions[rule.endpoint].guard
        if "GET" not in rule.methods or rule.endpoint in shared:
            continue
        known = {"slug": wave.slug, "unit_id": mine.id, "item": mine.items[0].name}
        kinds = {n: type(c).__name__ for n, c in rule._converters.items()}
        values = {n: known.get(n, 1 if k == "IntegerConverter" else "x") for n, k in kinds.items()}
        address = rule.build(values, append_unknown=False)[1]
        if guard in guarded:
            refused += 1
            assert ours.get(address).status_code == 403, address
        if guard is Role.UNIT:
            own += 1
            assert all(client.get(address).status_code == 403 for client in people), address
    assert refused > 40
    assert own >= 5


def test_a_claim_after_the_day_waits_until_the_day_is_moved(app, wave, monkeypatch):
    mine = units_of(wave)[0]
    ours = speaks_for(app, wave, mine, "ta")
    place = f"/don-vi/dot/{wave.slug}/tu-cham/muc/{mine.items[0].name}"
    open_days(wave, claim=-1, decide=14, note="Thử.")
    assert "Đã hết hạn" in ours.get(place).text
    late = ours.post(place, data=_signed(ours) | {"do": "claim", "points": "0", "person": HA})
    assert late.status_code == 422
    assert "Đã hết hạn tự chấm điểm" in late.text
    sheet = claims_sheet((mine.code, mine.items[0].name, 0))
    late = ours.post(
        f"/don-vi/dot/{wave.slug}/tu-cham/nhap",
        data=_signed(ours) | {"person": HA, "file": (io.BytesIO(sheet), "a.xlsx")},
    )
    assert late.status_code == 422
    open_days(wave, note="Bão số 3.")
    assert "Bão số 3." in ours.get(f"/don-vi/dot/{wave.slug}").text
    assert send(ours, place, do="claim", points="0", person=HA).status_code == 303


def test_a_document_comes_in_only_past_the_scanner(app, wave):
    mine = units_of(wave)[0]
    ours = speaks_for(app, wave, mine, "ta")
    place = f"/don-vi/dot/{wave.slug}/tu-cham/muc/{mine.items[0].name}"
    reads = "import sys; sys.exit(1 if b'EICAR' in sys.stdin.buffer.read() else 0)"
    scanner = f'{sys.executable} -c "{reads}"'

    def sent(command, content):
        known = replace(app.extensions["settings"], scanner_command=command)
        app.extensions["settings"] = known
        return send(
            ours, place, do="claim", points="0", person=HA, file=upload(content=content)
        )  # fmt: skip

    infected = sent(scanner, b"%PDF-1.7 EICAR")
    assert infected.status_code == 422
    assert "vi-rút không cho nhận" in infected.text
    down = sent("/no/such/scanner -", PAPER.content)
    assert down.status_code == 422
    assert "Chưa quét được" in down.text
    with wave.database.read() as session:
        assert session.scalars(select(PointEvent)).all() == [], "no claim without its document"
    assert sent(scanner, PAPER.content).status_code == 303
    assert "bien-ban.pdf" in ours.get(place).text


def claims_sheet(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in (claim_sheet.COLUMNS, *rows):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _signed(client) -> dict:
    return {"csrf_token": token(client, "/van-phong/mat-khau")}


def test_a_workbook_of_a_unit_holds_and_takes_its_own_rows_alone(app, wave):
    mine, other = units_of(wave)[:2]
    ours = speaks_for(app, wave, mine, "ta")
    home = f"/don-vi/dot/{wave.slug}"
    form = openpyxl.load_workbook(io.BytesIO(ours.get(f"{home}/tu-cham/mau.xlsx").data))
    codes = {row[0] for row in form.active.iter_rows(min_row=2, values_only=True)}
    assert codes == {mine.code}
    item, most = mine.items[0].name, mine.items[0].limit.high
    both = claims_sheet((mine.code, item, most), (other.code, item, most))
    common = _signed(ours) | {"person": HA}
    told = ours.post(f"{home}/tu-cham/nhap", data=common | {"file": (io.BytesIO(both), "a.xlsx")})
    assert told.status_code == 422
    assert "A3" in told.text
    own = claims_sheet((mine.code, item, most), (mine.code, "total", most + 1))
    taken = ours.post(f"{home}/tu-cham/nhap", data=common | {"file": (io.BytesIO(own), "a.xlsx")})
    assert taken.status_code == 303
    page = ours.get(home).text
    assert "lệch -1" in page
    assert "chưa có tài liệu kiểm chứng" in page
    # The sum is written again, right this time, on the page.
    fixed = send(ours, f"{home}/tu-cham/muc/{item}", do="file", person=HA, file=upload())
    assert fixed.status_code == 303
    right = ours.post(
        f"{home}/tu-cham/tong", data=common | {"area": "total", "points": f"{most:g}"}
    )
    assert right.status_code == 303
    assert "Cần xem lại" not in ours.get(home).text
    unknown = ours.post(f"{home}/tu-cham/tong", data=common | {"area": "khong-co", "points": "1"})
    assert unknown.status_code == 404


def test_duties_are_sent_by_the_unit_and_judged_by_the_office(app):
    wave = released.answered(app)
    wave.release()
    with wave.database.read() as session:
        found = duties.of_wave(session, wave.slug, now=NOW, kind=Kind.REMEDY)
    plan, others = found[0], found[1]
    by_id = {unit.id: unit for unit in units_of(wave)}
    ours = speaks_for(app, wave.wave, by_id[plan.unit_id], "ta")
    home = f"/don-vi/dot/{wave.slug}"
    page = ours.get(home).text
    assert plan.reasons[0]["vi"] in page, "the alert of the published table"
    assert "Phương án khắc phục" in page
    place = f"{home}/viec/{plan.id}"
    assert plan.reasons[0]["vi"] in ours.get(place).text
    assert ours.get(f"{home}/viec/{others.id}").status_code == 404
    assert send(ours, place, action="accepted", person=HA, note="x").status_code == 422
    assert send(ours, place, action="submitted", person=HA).status_code == 422, "a file is owed"
    other = f"{home}/viec/{others.id}"
    theft = ours.post(other, data=_signed(ours) | {"action": "submitted", "person": HA})
    assert theft.status_code == 404
    sent = send(ours, place, action="submitted", person=HA, file=upload("phuong-an.pdf"))
    assert sent.status_code == 303
    assert ours.get(f"{place}/{PAPER.sha256}").data == PAPER.content
    with wave.database.write() as session:
        seen = duties.act(session, wave.slug, plan.id, "accepted", by="lan", now=NOW)
    assert (seen.events[1].by, seen.events[1].person) == ("ta", HA)
    told = send(ours, place, action="progressed", person=HA, note="Đã lắp bảng niêm yết.")
    assert told.status_code == 303
    with wave.database.read() as session:
        job = next(
            d
            for d in duties.of_wave(session, wave.slug, now=NOW, kind=Kind.BREAKTHROUGH)
            if d.unit_id == plan.unit_id
        )
    place = f"{home}/viec/{job.id}"
    assert send(ours, place, action="submitted", person=HA).status_code == 422, "its name"
    named = send(ours, place, action="submitted", person=HA, note="Trả kết quả tại nhà")
    assert named.status_code == 303
    assert "Trả kết quả tại nhà" in ours.get(place).text


def test_the_office_makes_locks_and_renews_accounts(app, wave):
    manager = logged_in(app, wave.database, Role.MANAGER)
    place = f"/van-phong/dot/{wave.slug}/tai-khoan-don-vi"
    assert place in manager.get(f"/van-phong/dot/{wave.slug}").text
    mine = units_of(wave)[0]
    made = send(manager, place, unit=mine.id, name="ta", display_name="Ông Bình")
    password = made.text.split('class="digest">')[1].split("<")[0]
    assert send(manager, place, unit=mine.id, name="ta").status_code == 422, "taken"
    assert send(manager, place, unit=10**6, name="ai").status_code == 404
    client = app.test_client()
    assert send(client, "/van-phong/dang-nhap", name="ta", password=password).status_code == 303
    rest = send(manager, place + "/tat-ca")
    lines = rest.data.decode("utf-8-sig").splitlines()
    assert len(lines) == len(units_of(wave)), "a heading, and every unit but the first"
    assert "chưa có tài khoản" not in manager.get(place).text
    key = {"csrf_token": token(manager, place)}
    assert manager.post(f"{place}/ta/khoa", data=key | {"do": "lock"}).status_code == 303
    assert client.get("/van-phong/mat-khau").status_code == 303, "its session has ended"
    assert send(client, "/van-phong/dang-nhap", name="ta", password=password).status_code == 422
    assert manager.post(f"{place}/ta/khoa", data=key | {"do": "open"}).status_code == 303
    new = manager.post(f"{place}/ta/mat-khau", data=key)
    assert password not in new.text
    # An account of the office is not within reach of this page.
    assert manager.post(f"{place}/manager/mat-khau", data=key).status_code == 404
    assert manager.post(f"{place}/manager/khoa", data=key).status_code == 404
    with wave.database.read() as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert {"account.created", "account.locked", "account.opened", "account.password_reset"} <= set(
        actions
    )


def test_the_database_holds_the_bond_of_role_and_unit(wave):
    mine = units_of(wave)[0]
    with pytest.raises(InvalidInput), wave.database.write() as session:
        accounts.create(session, "ta", Role.UNIT, by="lan", now=NOW)
    with pytest.raises(InvalidInput), wave.database.write() as session:
        accounts.create(session, "ta", Role.VIEWER, by="lan", now=NOW, unit_id=mine.id)
    common = {"display_name": "x", "password_hash": "x", "session_key": "x", "created_at": NOW}
    for role, unit_id in (("unit", None), ("viewer", mine.id)):
        with pytest.raises(IntegrityError), wave.database.write() as session:
            session.add(User(name="ta", role=role, unit_id=unit_id, **common))


def test_commands_make_accounts_of_units(app, wave, tmp_path):
    run = app.test_cli_runner().invoke
    mine = units_of(wave)[0]
    with wave.database.read() as session:
        window = session.scalars(select(Wave)).one().window_from
    made = run(
        args=["account", "create", "ta", "--role", "unit", "--unit", mine.code, "--on", f"{window}"]
    )
    assert made.exit_code == 0, made.output
    assert run(args=["account", "create", "b", "--role", "unit"]).exit_code == 1
    unknown = run(args=["account", "create", "c", "--role", "unit", "--unit", "99999"])
    assert unknown.exit_code == 1
    path = tmp_path / "accounts.csv"
    assert run(args=["account", "units", "-o", str(path)]).exit_code == 0
    assert len(path.read_text("utf-8-sig").splitlines()) == len(units_of(wave))
    assert path.stat().st_mode & 0o077 == 0
    assert run(args=["account", "lock", "ta"]).exit_code == 0
    with wave.database.read() as session:
        user = session.scalars(select(User).where(User.name == "ta")).one()
        assert (user.active, user.unit_id) == (False, mine.id)
    assert run(args=["account", "unlock", "ta"]).exit_code == 0
    assert run(args=["account", "lock", "nobody"]).exit_code == 1
