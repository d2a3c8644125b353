"""Claims with documents, decisions by somebody else, sums that do not add up, the hand-over."""

from __future__ import annotations

import io
import sys
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from survey.domain.appraisal import State, excess
from survey.domain.attachment import checked
from survey.domain.calendar import local_day
from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services import virus_scan
from survey.services.appraisal import claim_sheet, entering, reading, settling
from survey.services.results import results
from survey.store.models import PointEvent, VerifiedPoint, VerifiedSet, Wave
from tests.support import released
from tests.support.waves import make, send
from tests.survey.web.test_releases import logged_in

NOW = datetime.now(UTC)
PAPER = checked("bien-ban.pdf", b"%PDF-1.7 minutes")
HA = "Bà Hà, Chủ tịch UBND xã"


@pytest.fixture
def wave(app):
    made = make(app, scale=0.005)
    days(made)
    return made


def days(wave, claim=7, decide=14, note=""):
    today = local_day(NOW)
    with wave.database.write() as session:
        entering.set_days(
            session, wave.slug, today + timedelta(claim), today + timedelta(decide), note,
            by="lan", now=NOW,
        )  # fmt: skip


def first(wave):
    with wave.database.read() as session:
        unit = reading.of_wave(session, wave.slug)[0]
        return unit.id, unit.items[0].name, unit.items[0].limit.high


def claim(wave, unit, item, points, by="thu", now=NOW, **more):
    with wave.database.write() as session:
        entering.claim(
            session, wave.slug, unit, item, points, person=HA, by=by, now=now, **more
        )  # fmt: skip


def decide(wave, unit, item, decision, by="lan", now=NOW, **more):
    with wave.database.write() as session:
        entering.decide(session, wave.slug, unit, item, decision, by=by, now=now, **more)


def standing(wave, unit, item):
    with wave.database.read() as session:
        return reading.of_item(session, wave.slug, unit, item)[1].standing


def sheet(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in (claim_sheet.COLUMNS, *rows):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def load(wave, *rows, by="thu"):
    with wave.database.write() as session:
        return claim_sheet.load(session, wave.slug, sheet(*rows), person=HA, by=by, now=NOW)


def test_a_misprinted_total_is_one_point_off():
    # Hòa Bình 2023: 57.04 + 8.19 + 18.34 + 4.32 = 87.89 by hand; 86.89 was published.
    parts = (57.04, 8.19, 18.34, 4.32)
    assert str(excess(parts, 86.89, 2)) == "1.00"
    assert excess(parts, 87.89, 2) == 0
    # A sum written to fewer digits is no fault; a cent off is.
    assert excess(parts, 87.894, 2) == 0
    assert excess(parts, 87.88, 2) != 0
    # The survey's volume and the Cẩm Giàng bands of two years: units of all bands are all units.
    assert excess((39765, 49458), 89223, 0) == 0
    assert excess((14, 3), 17, 0) == excess((7, 10), 17, 0) == 0


def test_a_claim_is_accepted_changed_or_rejected_by_somebody_else(wave):
    unit, item, most = first(wave)
    with pytest.raises(InvalidInput, match="từ 0 đến"):
        claim(wave, unit, item, most + 0.01)
    with pytest.raises(InvalidInput, match="từ 0 đến"):
        claim(wave, unit, item, float("nan"))
    claim(wave, unit, item, most, file=PAPER)
    with pytest.raises(Conflict, match="tự thẩm định"):
        decide(wave, unit, item, "accepted", by="thu")
    with pytest.raises(InvalidInput, match="lý do"):
        decide(wave, unit, item, "changed", points=0.5)
    decide(wave, unit, item, "changed", points=0.5, reason="Thiếu quyết định phê duyệt.")
    with pytest.raises(Conflict, match="đang chờ"):
        decide(wave, unit, item, "accepted")
    seen = standing(wave, unit, item)
    assert (seen.state, seen.claim, seen.points, seen.n_files) == (State.CHANGED, most, 0.5, 1)
    # A new claim sets the decision aside; a claim that is rejected gives nothing.
    claim(wave, unit, item, most)
    assert standing(wave, unit, item).state is State.CLAIMED
    decide(wave, unit, item, "rejected", reason="Không có tài liệu của năm.")
    assert standing(wave, unit, item).points == 0
    claim(wave, unit, item, None)
    decide(wave, unit, item, "accepted")
    assert standing(wave, unit, item).points is None
    with wave.database.read() as session:
        log = reading.of_item(session, wave.slug, unit, item)[1].events
        assert [(e.action, e.by) for e in log] == [
            ("claimed", "thu"), ("changed", "lan"), ("claimed", "thu"), ("rejected", "lan"),
            ("claimed", "thu"), ("accepted", "lan"),
        ]  # fmt: skip
        assert all(e.person == HA for e in log if e.action == "claimed")


def test_who_added_a_document_may_not_decide_either(wave):
    unit, item, most = first(wave)
    claim(wave, unit, item, most)
    with wave.database.write() as session:
        entering.add_evidence(
            session, wave.slug, unit, item, PAPER, person=HA, by="lan", now=NOW
        )  # fmt: skip
    with pytest.raises(Conflict, match="tự thẩm định"):
        decide(wave, unit, item, "accepted")
    decide(wave, unit, item, "accepted", by="minh")


def test_the_log_cannot_be_changed(wave):
    unit, item, most = first(wave)
    claim(wave, unit, item, most)
    for change in (update(PointEvent).values(points=0), delete(PointEvent)):
        with pytest.raises(DBAPIError, match="append-only"), wave.database.write() as session:
            session.execute(change)


def test_days_hold_until_they_are_moved_with_a_reason(wave):
    unit, item, most = first(wave)
    claim(wave, unit, item, most, now=NOW + timedelta(7))
    with pytest.raises(Conflict, match="hết hạn tự chấm"):
        claim(wave, unit, item, most, now=NOW + timedelta(8))
    decide(wave, unit, item, "accepted", now=NOW + timedelta(14))
    claim(wave, unit, item, most)
    with pytest.raises(Conflict, match="Ngoài hạn"):
        decide(wave, unit, item, "accepted", now=NOW + timedelta(15))
    with pytest.raises(InvalidInput, match="lý do dời hạn"):
        days(wave, claim=20, decide=30)
    days(wave, claim=20, decide=30, note="Bão số 3.")
    decide(wave, unit, item, "accepted", now=NOW + timedelta(15))


def test_a_workbook_loads_whole_or_not_at_all_and_names_cells(wave):
    unit, item, most = first(wave)
    with wave.database.read() as session:
        code = reading.of_unit(session, wave.slug, unit).code
    with pytest.raises(InvalidInput) as refused:
        load(
            wave, (code, item, 0.1), ("99999", item, 1), (code, "9.9.9", 1),
            (code, item, 0.2), (code, "total", "abc"),
        )  # fmt: skip
    assert [(p.code, p.facts["place"]) for p in refused.value.problems] == [
        ("claims.unknown_unit", "A3"), ("claims.unknown_item", "B4"), ("claims.twice", "B5"),
        ("claims.bad_points", "C6"),
    ]  # fmt: skip
    assert standing(wave, unit, item).state is State.MISSING
    made = load(wave, (code, item, f"{most:g}".replace(".", ","), "Theo biên bản"))
    assert (made.n_claims, made.n_sums) == (1, 0)
    assert standing(wave, unit, item).claim == most
    with pytest.raises(InvalidInput, match="lỗi"), wave.database.write() as session:
        claim_sheet.load(session, wave.slug, b"no workbook", person=HA, by="thu", now=NOW)


@pytest.mark.parametrize("text", ["1_0", "٣", "nan", "inf", "1e999", "1.000,5", "1,5 điểm", "+"])
def test_only_a_plain_number_is_a_number_of_points(wave, text):
    unit, item, _ = first(wave)
    with wave.database.read() as session:
        code = reading.of_unit(session, wave.slug, unit).code
    with pytest.raises(InvalidInput) as refused:
        load(wave, (code, item, text))
    assert [p.facts["place"] for p in refused.value.problems] == ["C2"]


def test_a_formula_without_a_result_and_a_second_column_are_no_empty_cells(wave):
    unit, item, _ = first(wave)
    with wave.database.read() as session:
        code = reading.of_unit(session, wave.slug, unit).code
    with pytest.raises(InvalidInput) as refused:
        load(wave, (int(code), item, "=0.1+0.2"))
    assert [(p.code, p.facts["place"]) for p in refused.value.problems] == [
        ("claims.formula", "C2")
    ]
    book = openpyxl.Workbook()
    book.active.append((*claim_sheet.COLUMNS, "points"))
    book.active.append((code, item, 0.5, "", 0.25))
    made = io.BytesIO()
    book.save(made)
    with pytest.raises(InvalidInput) as refused, wave.database.write() as session:
        claim_sheet.load(session, wave.slug, made.getvalue(), person=HA, by="thu", now=NOW)
    assert [p.facts["place"] for p in refused.value.problems] == ["E1"]
    # A code that a spreadsheet has made a number of is the code all the same.
    assert load(wave, (int(code), item, 0.5)).n_claims == 1


def test_what_was_written_out_can_be_read_back(wave):
    unit, item, most = first(wave)
    claim(wave, unit, item, most / 2)
    with wave.database.write() as session:
        content = claim_sheet.write(session, wave.slug)
        made = claim_sheet.load(session, wave.slug, content, person=HA, by="thu", now=NOW)
    assert made.n_claims == 1
    assert standing(wave, unit, item).claim == most / 2


def test_sums_that_do_not_add_up_and_points_without_documents_are_told(wave):
    with wave.database.read() as session:
        unit = reading.of_wave(session, wave.slug)[0]
        scheme = reading.scheme_of(session.scalars(select(Wave)).one())
    area = scheme.areas[0]
    own = [i for i in unit.items if i.name in {leaf.id for leaf in area.leaves}]
    rows = [(unit.code, i.name, i.limit.high) for i in own]
    full = sum(i.limit.high for i in own)
    load(wave, *rows, (unit.code, area.id, full), (unit.code, "total", full - 1))
    with wave.database.read() as session:
        found = reading.of_unit(session, wave.slug, unit.id).findings
    sums = [each.facts for each in found if each.kind == "sum"]
    assert [(s["area"], round(s["excess"], 6)) for s in sums] == [("total", 1.0)]
    assert {e.facts["item"] for e in found if e.kind == "no_evidence"} == {i.name for i in own}
    claim(wave, unit.id, own[0].name, own[0].limit.high, file=PAPER)
    with wave.database.read() as session:
        found = reading.of_unit(session, wave.slug, unit.id).findings
    assert own[0].name not in {e.facts.get("item") for e in found}


def settle_all(wave, share=1.0):
    with wave.database.read() as session:
        rows = reading.of_wave(session, wave.slug)
    load(wave, *((u.code, i.name, i.limit.high * share) for u in rows for i in u.items))
    with wave.database.write() as session:
        for unit in rows:
            for item in unit.items:
                entering.decide(
                    session, wave.slug, unit.id, item.name, "accepted", by="lan", now=NOW
                )


def test_the_table_takes_the_decided_points(app):
    wave = released.answered(app)
    days(wave)
    unready = pytest.raises(InvalidInput, match="chưa thẩm định")
    with unready as refused, wave.database.write() as session:
        settling.settle(session, wave.slug, by="lan", now=NOW)
    assert len(refused.value.problems) > 17
    settle_all(wave)
    unit, item, most = first(wave)
    claim(wave, unit, item, most)
    decide(wave, unit, item, "changed", points=most / 4, reason="Làm một phần tư.")
    with wave.database.write() as session:
        made = settling.settle(session, wave.slug, by="lan", now=NOW)
        stored = session.get(VerifiedSet, made.set_id)
        assert stored.imported_by == "lan"
        assert session.scalar(
            select(VerifiedPoint.points).where(
                VerifiedPoint.set_id == made.set_id, VerifiedPoint.unit_id == unit,
                VerifiedPoint.leaf == item,
            )
        ) == pytest.approx(most / 4)  # fmt: skip
        name = reading.of_unit(session, wave.slug, unit).name
        whole = sum(i.limit.high for i in reading.of_unit(session, wave.slug, unit).items)
    wave.compute()
    with wave.database.read() as session:
        rows = {
            row.name: row for row in results.table(session, wave.slug, include_private=True).rows
        }
    assert rows[name].verified_points == pytest.approx(whole - 0.75 * most)
    for other, row in rows.items():
        if other != name:
            assert row.verified_points == pytest.approx(whole)
            assert row.total == pytest.approx(whole + row.survey_points, abs=0.001)


def test_the_scanner_says_which_files_come_in():
    python = sys.executable
    reads = "import sys; sys.exit(1 if b'EICAR' in sys.stdin.buffer.read() else 0)"
    command = f'{python} -c "{reads}"'
    assert virus_scan.scanned(PAPER, command) is PAPER
    assert virus_scan.scanned(PAPER, "") is PAPER
    with pytest.raises(InvalidInput, match="vi-rút"):
        virus_scan.scanned(checked("a.pdf", b"%PDF-EICAR"), command)
    # A scanner that is missing or breaks lets nothing through.
    for broken in ("/no/such/scanner -", f'{python} -c "import sys; sys.exit(2)"'):
        with pytest.raises(Conflict, match="Chưa quét"):
            virus_scan.scanned(PAPER, broken)


def test_pages_from_the_claim_to_the_decision(app, wave):
    unit, item, _ = first(wave)
    analyst = logged_in(app, wave.database, Role.ANALYST)
    manager = logged_in(app, wave.database, Role.MANAGER)
    viewer = logged_in(app, wave.database, Role.VIEWER)
    home = f"/van-phong/dot/{wave.slug}/tham-dinh"
    place = f"{home}/{unit}/{item}"
    assert home in manager.get(f"/van-phong/dot/{wave.slug}").text
    bad = (io.BytesIO(b"<html>"), "bien-ban.pdf")
    refused = send(analyst, place, do="claim", points="0,5", person=HA, file=bad)
    assert refused.status_code == 422
    good = (io.BytesIO(PAPER.content), "bien-ban.pdf")
    assert send(analyst, place, do="claim", points="0,5", person=HA, file=good).status_code == 303
    page = analyst.get(place).text
    assert HA in page
    assert "bien-ban.pdf" in page
    assert PAPER.sha256[:16] in page
    assert analyst.get(f"{home}/{unit}/tep/{PAPER.sha256}").data == PAPER.content
    assert analyst.get(f"{home}/{unit + 1}/tep/{PAPER.sha256}").status_code == 404
    token = {"csrf_token": _token(viewer, home)}
    assert viewer.post(place, data=token | {"points": "1"}).status_code == 403
    token = {"csrf_token": _token(analyst, place)}
    assert analyst.post(f"{place}/quyet-dinh", data=token).status_code == 403
    token = {"csrf_token": _token(manager, place)}
    unsaid = manager.post(f"{place}/quyet-dinh", data=token | {"decision": "rejected"})
    assert unsaid.status_code == 422
    done = manager.post(f"{place}/quyet-dinh", data=token | {"decision": "accepted"})
    assert done.status_code == 303
    assert "chấp nhận" in manager.get(f"{home}/{unit}").text
    book = openpyxl.load_workbook(io.BytesIO(manager.get(f"{home}/mau.xlsx").data))
    assert book.active["A1"].value == "unit_code"
    upload = (io.BytesIO(sheet(("99999", item, 1))), "claims.xlsx")
    told = manager.post(f"{home}/nhap", data=token | {"person": HA, "file": upload})
    assert told.status_code == 422
    assert "A2" in told.text
    settled = manager.post(home, data=token | {"do": "settle"})
    assert settled.status_code == 422
    with pytest.raises(NotFound), wave.database.read() as session:
        reading.of_item(session, wave.slug, unit, "9.9.9")


def _token(client, path):
    from tests.support.waves import token

    return token(client, path)


def test_commands_do_what_the_pages_do(app, wave, tmp_path):
    run = app.test_cli_runner().invoke
    path = tmp_path / "claims.xlsx"
    assert run(args=["verified", "form", "-o", str(path)]).exit_code == 0
    unit, item, most = first(wave)
    with wave.database.read() as session:
        code = reading.of_unit(session, wave.slug, unit).code
    path.write_bytes(sheet((code, item, most), (code, "total", most + 1)))
    done = run(args=["verified", "claims", str(path), "--person", HA])
    assert done.exit_code == 0, done.output + done.stderr
    told = run(args=["verified", "check"])
    assert "lệch -1" in told.output
    assert "2 điều" in told.output
    assert run(args=["verified", "settle"]).exit_code == 1
    moved = run(
        args=["verified", "days", "--claim-by", "2099-01-01", "--decide-by", "2099-02-01",
              "--reason", "Theo công văn."]
    )  # fmt: skip
    assert moved.exit_code == 0, moved.output + moved.stderr
    with wave.database.read() as session:
        assert reading.days_of(session, wave.slug).claim_by == date(2099, 1, 1)
