"""After publication: duties from the released table, their logs, reminders, reports."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from survey.domain.attachment import checked
from survey.domain.calendar import local_day
from survey.domain.duty import Kind, State
from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput
from survey.services.follow_up import duties as follow_up
from survey.services.follow_up import opening, reminding
from survey.services.results import results
from survey.store.models import AuditEvent, DutyFile, VerifiedPoint, Wave
from tests.support import released
from tests.support.waves import send
from tests.survey.web.test_releases import logged_in

NOW = datetime.now(UTC)
PLAN = checked("phuong-an.pdf", b"%PDF-1.7 plan")


@pytest.fixture
def wave(app):
    made = released.answered(app)
    made.release()
    return made


def duties(wave, kind="", now=NOW):
    with wave.database.read() as session:
        return follow_up.of_wave(session, wave.slug, now=now, kind=kind)


def act(wave, duty, action, now=NOW, **more):
    with wave.database.write() as session:
        return follow_up.act(session, wave.slug, duty.id, action, by="lan", now=now, **more)


def test_a_release_opens_plans_for_alerted_units_and_a_job_for_each_unit(wave):
    with wave.database.read() as session:
        table = results.table(session, wave.slug, include_private=True)
    alerted = {row.name: row.alerts for row in table.rows if row.alerts}
    assert 0 < len(alerted) < 17
    plans = {duty.unit: duty for duty in duties(wave, Kind.REMEDY)}
    assert set(plans) == set(alerted)
    for name, duty in plans.items():
        assert [reason["vi"] for reason in duty.reasons] == [a.text["vi"] for a in alerted[name]]
        # The window ended in 2023; a table that is released late leaves fifteen days.
        assert (duty.due_on - local_day(NOW)).days in (14, 15, 16)
        assert duty.events[0].by == "lan"
    assert len(duties(wave, Kind.BREAKTHROUGH)) == 17
    with wave.database.write() as session:
        again = opening.from_release(session, wave.slug, by="lan", now=NOW)
    assert (again.n_remedies, again.n_breakthroughs) == (0, 0)


def test_a_plan_goes_its_whole_way_and_its_log_names_everybody(wave):
    duty = duties(wave, Kind.REMEDY)[0]
    with pytest.raises(InvalidInput, match="kèm tệp"):
        act(wave, duty, "submitted")
    with pytest.raises(Conflict, match="trạng thái"):
        act(wave, duty, "accepted")
    act(wave, duty, "submitted", file=PLAN, person="Bà Hà, Chủ tịch UBND xã")
    with pytest.raises(InvalidInput, match="lý do"):
        act(wave, duty, "returned")
    act(wave, duty, "returned", note="Chưa nói rõ thời hạn từng việc.")
    act(wave, duty, "submitted", file=PLAN)
    act(wave, duty, "accepted")
    act(wave, duty, "progressed", note="Đã lắp bảng niêm yết.")
    done = act(wave, duty, "completed", note="Cả ba việc xong, kiểm tra ngày 1/9.")
    assert done.state is State.COMPLETED
    assert done.actions == ()
    assert [event.action for event in done.events] == [
        "opened", "submitted", "returned", "submitted", "accepted", "progressed", "completed",
    ]  # fmt: skip
    assert done.events[1].person == "Bà Hà, Chủ tịch UBND xã"
    with wave.database.read() as session:
        assert len(session.scalars(select(DutyFile)).all()) == 1, "one content is stored once"
        kept = follow_up.file_of(session, wave.slug, duty.id, PLAN.sha256)
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert kept == ("phuong-an.pdf", "application/pdf", PLAN.content)
    assert (event.action, event.by) == ("duty.completed", "lan")


def test_the_log_cannot_be_changed(wave):
    for statement in (
        "UPDATE duty_event SET note = 'x'",
        "DELETE FROM duty_event",
        "UPDATE duty SET due_on = '2030-01-01'",
        "DELETE FROM duty_file",
    ):
        if "duty_file" in statement:
            act(wave, duties(wave, Kind.REMEDY)[0], "submitted", file=PLAN)
        with pytest.raises(DBAPIError), wave.database.write() as session:
            session.execute(text(statement))


def test_an_extension_moves_the_day_and_reminders_follow_it(wave):
    duty = duties(wave, Kind.REMEDY)[0]
    late = NOW + (duty.due_on + timedelta(3) - local_day(NOW))
    assert next(d for d in duties(wave, Kind.REMEDY, now=late) if d.id == duty.id).overdue
    with pytest.raises(InvalidInput, match="sau hôm nay"):
        act(wave, duty, "extended", note="lụt", due_on=local_day(NOW))
    day = duty.due_on + timedelta(20)
    moved = act(wave, duty, "extended", note="Xã bị ngập.", due_on=day)
    assert moved.due_on == day
    with wave.database.write() as session:
        made = reminding.remind(session, wave.slug, by="system", now=late)
    assert duty.id not in {each.duty_id for each in made}
    other = next(d for d in duties(wave, Kind.REMEDY) if d.id != duty.id)
    reminder = next(each for each in made if each.duty_id == other.id)
    assert other.unit in reminder.text
    assert "đã quá 3 ngày" in reminder.text
    assert other.reasons[0]["vi"].rstrip(".") in reminder.text
    with wave.database.write() as session:
        assert reminding.remind(session, wave.slug, by="system", now=late) == []
    rows = list(csv.reader(io.StringIO(reminding.csv_of(made).decode("utf-8-sig"))))
    assert len(rows) == len(made) + 1


def test_a_corrected_table_lifts_what_it_no_longer_asks_for(wave):
    before = duties(wave, Kind.REMEDY)
    under_way = before[0]
    act(wave, under_way, "submitted", file=PLAN)
    with wave.database.write() as session:
        points = session.scalars(select(VerifiedPoint)).all()
        from analysis.index.scheme import Scheme

        stored = session.scalars(select(Wave).where(Wave.slug == wave.slug)).one().scheme
        maximum = Scheme.from_toml(stored.definition).verified_maxima()
        for point in points:
            session.execute(
                update(VerifiedPoint)
                .where(VerifiedPoint.unit_id == point.unit_id, VerifiedPoint.leaf == point.leaf)
                .values(points=float(maximum[point.leaf]))
            )
    wave.compute()
    wave.release("Nhập lại điểm thẩm định.")
    after = {duty.id: duty for duty in duties(wave, Kind.REMEDY)}
    lifted = [after[duty.id] for duty in before if after[duty.id].state is State.LIFTED]
    assert lifted
    assert all("số 2" in duty.newest_note for duty in lifted)
    assert after[under_way.id].state is State.SUBMITTED, "what was sent is looked at"


def test_reports_of_the_year_and_on_demand(wave):
    with wave.database.write() as session:
        year = opening.schedule_reports(session, wave.slug, 2027, by="lan", now=NOW)
        again = opening.schedule_reports(session, wave.slug, 2027, by="lan", now=NOW)
        asked = opening.ask_report(
            session, wave.slug, "Hồ sơ đất đai trễ hạn", local_day(NOW) + timedelta(9), by="lan",
            now=NOW,
        )  # fmt: skip
    assert (year.n_reports, again.n_reports, asked.n_reports) == (4 * 17, 0, 17)
    found = duties(wave, Kind.REPORT)
    assert len({duty.period for duty in found}) == 5
    assert date(2027, 12, 15) in {duty.due_on for duty in found}
    with wave.database.write() as session, pytest.raises(InvalidInput, match="tên và hạn"):
        opening.ask_report(session, wave.slug, " ", None, by="lan", now=NOW)


def test_the_pages_lead_from_the_list_to_the_log_and_back(app, wave):
    manager = logged_in(app, wave.database, Role.MANAGER)
    place = f"/van-phong/dot/{wave.slug}/theo-doi"
    duty = duties(wave, Kind.REMEDY)[0]
    listed = manager.get(place).text
    assert duty.unit in listed
    assert manager.get(f"{place}?loai=report").text.count("<tr>") == 0
    page = manager.get(f"{place}/{duty.id}").text
    assert duty.reasons[0]["vi"] in page
    refused = send(manager, f"{place}/{duty.id}", action="submitted", note="gửi kèm")
    assert refused.status_code == 422
    assert "Hãy kèm tệp văn bản" in refused.text
    assert "gửi kèm" in refused.text, "what was typed stays"
    sent = send(
        manager, f"{place}/{duty.id}", action="submitted", person="Bà Hà",
        file=(io.BytesIO(PLAN.content), "phuong-an.pdf"),
    )  # fmt: skip
    assert sent.status_code == 303
    page = manager.get(f"{place}/{duty.id}").text
    assert "phuong-an.pdf" in page
    assert "Bà Hà" in page
    file = manager.get(f"{place}/{duty.id}/{PLAN.sha256}")
    assert file.data == PLAN.content
    viewer = logged_in(app, wave.database, Role.VIEWER)
    assert "Ghi vào nhật ký" not in viewer.get(f"{place}/{duty.id}").text
    assert send(viewer, f"{place}/{duty.id}", action="accepted").status_code == 403
    assert send(manager, place, do="year", year="2027").location.endswith("n=68")
    assert send(manager, place, do="ask", title="").status_code == 422
    assert send(manager, f"{place}/nhac").data.startswith(b"\xef\xbb\xbfunit_code")


def test_where_points_were_lost_adds_up_to_the_table(app, wave):
    reader = app.test_client()
    page = reader.get(f"/ket-qua/{wave.slug}/mat-diem")
    assert page.status_code == 200
    assert "Điều gì đi cùng với hài lòng chung" in page.text
    assert "<svg" in page.text
    rows = list(
        csv.DictReader(
            io.StringIO(reader.get(f"/ket-qua/{wave.slug}/mat-diem.csv").data.decode("utf-8-sig"))
        )
    )
    with wave.database.read() as session:
        table = results.table(session, wave.slug, include_private=True)
    for row in table.rows:
        lost = sum(float(each["lost"]) for each in rows if each["unit_code"] == row.unit_code)
        assert lost == pytest.approx(row.denominator - row.total)
    alerted = {each["unit_code"] for each in rows if each["alert"] == "1"}
    assert alerted == {
        row.unit_code for row in table.rows if any(a.code.startswith("area.") for a in row.alerts)
    }
