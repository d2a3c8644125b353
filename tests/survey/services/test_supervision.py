"""Supervision: workload, second interviews that leave no trace of persons, flags, messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from survey.domain import supervision as rules
from survey.domain.roles import Role
from survey.domain.supervision import Work, agreement, flags
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services import accounts, boundaries
from survey.services.fieldwork import attempts
from survey.services.supervision import attempt_map, back_checks, messages, workload
from survey.store.models import BackCheck, BackCheckCount, Case, Wave
from tests.support import field, waves
from tests.support.waves import send

NOW = datetime.now(UTC)
TIMES = {"start": (NOW - timedelta(minutes=17)).isoformat(), "end": NOW.isoformat()}
LATER = NOW + timedelta(hours=1)
FIRST = {"a1": "co", "a2": "co", "a3": "dieu_tra_vien", "a4": "khong", "h1": "lan_2", "h3": "khong"}


def test_kappa_and_inconsistency_by_hand():
    # Fleiss, Levin and Paik (2003), ch. 18, table of two categories: po = .7, pe = .5.
    found = agreement({("a", "a"): 40, ("a", "b"): 10, ("b", "a"): 20, ("b", "b"): 30})
    assert (found.n, found.agreed) == (100, 70)
    assert found.kappa == pytest.approx((0.7 - 0.5) / 0.5)
    # Fleiss, Cohen and Everitt's variance worked out from their eq. 13.
    same = 0.4 * (1 - 1.1 * 0.6) ** 2 + 0.3 * (1 - 0.9 * 0.6) ** 2
    other = 0.6**2 * (0.1 * (0.6 + 0.5) ** 2 + 0.2 * (0.4 + 0.5) ** 2)
    expected = (same + other - (0.4 - 0.5 * 0.6) ** 2) / (100 * 0.5**2)
    assert found.se == pytest.approx(expected**0.5)
    assert found.inconsistency == pytest.approx(0.3 / (1 - 0.55**2 - 0.45**2))
    assert found.low < 0.7 < found.high


def test_agreement_at_its_ends():
    assert agreement({}) is None
    alike = agreement({("a", "a"): 12})
    assert (alike.share, alike.kappa) == (1.0, None) and alike.low < 0.8
    assert agreement({("a", "a"): 5, ("b", "b"): 5}).kappa == pytest.approx(1.0)


def test_flags_name_what_they_compare_and_need_enough_interviews():
    usual = Work(minutes=[14, 15, 16, 17, 18, 20], refused=2, ended=30, agreed=45, checked=50)
    odd = Work(minutes=[4, 5, 5, 6, 7], refused=14, ended=30, agreed=12, checked=40)
    found = flags({"an": usual, "binh": usual, "chi": odd})
    assert found["an"] == found["binh"] == []
    assert [rule for rule, _ in found["chi"]] == ["fast", "refusals", "disagrees"]
    assert found["chi"][0][1] == {"own": 5, "others": 16.5}
    few = Work(minutes=[1, 1], refused=2, ended=2, agreed=0, checked=2)
    assert flags({"an": usual, "chi": few})["chi"] == []
    assert rules.wilson(0, 10)[0] == 0.0


@pytest.fixture
def fieldwork(app):
    """Two enumerators with interviews of one wave."""
    wave = waves.make(app)
    devices = [field.device(app, wave, n=6, name=name) for name in ("dtv1", "dtv2")]
    for device in devices:
        for case in device.cases()[:4]:
            device.post(device.fill(case, **FIRST, **TIMES))
    field.work(app)
    return wave, devices


def draw(wave, share=0.5, seed="7") -> list[int]:
    with wave.database.write() as session:
        back_checks.draw(session, wave.slug, share=share, seed=seed, by="lan", now=NOW)
    with wave.database.read() as session:
        return [each.case_id for each in session.scalars(select(BackCheck).order_by(BackCheck.id))]


def test_workload_counts_what_was_done(fieldwork):
    wave, devices = fieldwork
    with wave.database.read() as session:
        first, second = workload.workload(session, wave.slug)
        units = workload.units(session, wave.slug)
    assert (first.name, second.name) == ("dtv1", "dtv2")
    for line in (first, second):
        assert (line.n_cases, line.n_answered, line.n_interviews) == (6, 4, 4)
        assert (line.minutes, line.shortest) == (17, 17)
        assert line.last_sync is not None and line.agreement is None
    assert sum(unit.n_answered for unit in units) == 8


def test_an_interview_without_times_makes_nobody_fast_and_a_void_attempt_is_none(fieldwork):
    wave, devices = fieldwork
    third = field.device(devices[0].app, wave, n=7, name="dtv3")
    *untimed, open_case = third.cases()
    for case in untimed:
        third.post(third.fill(case, **FIRST, without=("start", "end")))
    field.work(third.app)
    with wave.database.write() as session:
        code = str(session.get(Case, open_case).dossier.code)
        told = {"mode": "visit", "result": "2.21", "note": "", "by": "dtv3"}
        made = [
            attempts.log_attempt(
                session, wave.slug, code, at=NOW + timedelta(minutes=i), **told, now=LATER
            ).id
            for i in (0, 30)
        ]
        attempts.take_back(session, wave.slug, made[0], reason="ghi nhầm", by="lan", now=LATER)
    with wave.database.read() as session:
        line = workload.workload(session, wave.slug)[2]
        units = workload.units(session, wave.slug)
    assert (line.name, line.n_interviews, line.n_attempts) == ("dtv3", 6, 1)
    assert line.minutes is line.shortest is None and line.flags == []
    assert sum(unit.n_attempts for unit in units) == 1


def test_the_draw_takes_a_share_of_each_and_can_be_done_again(fieldwork):
    wave, devices = fieldwork
    drawn = draw(wave)
    assert len(drawn) == 4
    for device in devices:
        assert len(set(drawn) & set(device.cases())) == 2
    assert draw(wave) == drawn, "the same share of the same interviews draws nothing new"
    assert set(drawn) < set(draw(wave, share=1.0)) and len(draw(wave, share=1.0)) == 8


def test_a_second_interview_is_counted_with_the_first_and_not_kept(fieldwork):
    wave, _ = fieldwork
    draw(wave)
    with wave.database.write() as session:
        one, two, *_ = back_checks.checks(session, wave.slug)
        again = {"h1": "lan_3", "h3": "khong"}
        back_checks.record(session, wave.slug, one.id, again, by="lan", now=NOW)
        back_checks.record(session, wave.slug, two.id, {}, by="lan", now=NOW)
    with wave.database.read() as session:
        counts = session.scalars(select(BackCheckCount)).all()
        assert {(c.question, c.first, c.second, c.n) for c in counts} == {
            ("h1", "lan_2", "lan_3", 1),
            ("h3", "khong", "khong", 1),
        }
        states = {c.id: c.state for c in back_checks.checks(session, wave.slug)}
        assert (states[one.id], states[two.id]) == ("done", "not_reached")
        shares = {q.name: a.share for q, a in back_checks.agreement(session, wave.slug)}
        assert shares == {"h1": 0.0, "h3": 1.0}
        assert not {c.name for c in BackCheckCount.__table__.c} & {"case_id", "response_id", "at"}


def test_who_took_the_first_interview_does_not_check_it_and_none_is_checked_twice(fieldwork):
    wave, _ = fieldwork
    draw(wave)
    with wave.database.write() as session:
        one = back_checks.checks(session, wave.slug)[0]
        with pytest.raises(Conflict, match="chính mình"):
            back_checks.record(session, wave.slug, one.id, {}, by=one.interviewer, now=NOW)
        with pytest.raises(InvalidInput, match="không có phương án"):
            back_checks.record(session, wave.slug, one.id, {"h1": "x"}, by="lan", now=NOW)
        back_checks.record(session, wave.slug, one.id, {"h1": "lan_2"}, by="lan", now=NOW)
        with pytest.raises(Conflict, match="đã nhập rồi"):
            back_checks.record(session, wave.slug, one.id, {"h1": "lan_2"}, by="lan", now=NOW)


@pytest.mark.parametrize(("share", "seed"), [(0.0, "7"), (1.2, "7"), (0.1, " ")])
def test_a_draw_that_cannot_be_is_refused(fieldwork, share, seed):
    wave, _ = fieldwork
    with pytest.raises(InvalidInput):
        draw(wave, share, seed)


def test_messages_reach_whom_they_are_for(fieldwork):
    wave, _ = fieldwork
    with wave.database.write() as session:
        for name, text in (("", "Họp lúc 8 giờ."), ("dtv2", "Gọi lại cho tôi.")):
            messages.send(session, wave.slug, name, text, by="lan", now=NOW)
        with pytest.raises(InvalidInput):
            messages.send(session, wave.slug, "", " ", by="lan", now=NOW)
    with wave.database.read() as session:
        first, second = (line.id for line in workload.workload(session, wave.slug))
        assert [each.text for each in messages.of(session, first)] == ["Họp lúc 8 giờ."]
        assert len(messages.of(session, second)) == 2
    with wave.database.write() as session:
        (told,) = messages.of(session, first)
        other = next(each.id for each in messages.of(session, second) if each.id != told.id)
        for _ in range(2):
            messages.read(session, first, told.id, now=NOW)
        with pytest.raises(NotFound):
            messages.read(session, first, other, now=NOW)
        assert [each.is_read for each in messages.of(session, first)] == [True]
        assert [each.is_read for each in messages.of(session, second)] == [False, False]
        assert [each.readers for each in messages.of_wave(session, wave.slug)] == [(), ("dtv1",)]


def test_the_pages_draw_check_and_send(app, client, fieldwork):
    wave, _ = fieldwork
    with wave.database.write() as session:
        password = accounts.create(session, "lan", Role.MANAGER, by="t", now=NOW)
    send(client, "/van-phong/dang-nhap", name="lan", password=password)
    place = f"/van-phong/dot/{wave.slug}/giam-sat"
    assert "dtv1" in client.get(place).text
    assert send(client, f"{place}/phuc-tra", share="50", seed="7").status_code == 303
    assert send(client, f"{place}/phuc-tra", share="nhiều", seed="7").status_code == 422
    with wave.database.read() as session:
        check = back_checks.checks(session, wave.slug)[0]
    page = client.get(f"{place}/phuc-tra/{check.id}").text
    assert "Ông/bà phải đến nơi tiếp nhận bao nhiêu lần" in page and "checked" not in page
    assert send(client, f"{place}/phuc-tra/{check.id}", h1="lan_2").status_code == 303
    assert send(client, f"{place}/nhan", name="", text="Xin chào").status_code == 303
    page = client.get(place).text
    assert "đã phúc tra (lan)" in page and "Xin chào" in page and "κ" in page
    assert "Supervision" in client.get(f"{place}?lang=en").text


def test_the_interviewer_effect_is_printed_for_every_rating(app, fieldwork):
    wave, devices = fieldwork
    result = app.test_cli_runner().invoke(args=["field", "interviewers", "--wave", wave.slug])
    assert result.exit_code == 0, result.output
    assert "Chỗ ngồi chờ" in result.output and "ICC" in result.output


def test_attempts_stand_on_the_map_where_boundaries_are_loaded(fieldwork):
    wave, devices = fieldwork
    with wave.database.read() as session:
        assert attempt_map.svg(session, wave.slug, "vi") is None
        lines = workload.units(session, wave.slug)
        day = session.query(Wave).one().window_from
    squares = [
        {
            "type": "Feature",
            "properties": {"ma_xa": line.code},
            "geometry": {"type": "Polygon", "coordinates": [_square(106 + i / 10, 20.9)]},
        }
        for i, line in enumerate(lines[:3])
    ]
    content = json.dumps({"type": "FeatureCollection", "features": squares}).encode()
    with wave.database.write() as session:
        boundaries.import_file(session, content, source="thử", on=day, by="lan", now=NOW)
        case = session.query(Case).filter_by(issued=True, answered=False).first()
        unit = next(line for line in lines if line.code == case.unit.code)
        for hours in (2, 4):
            attempts.log_attempt(
                session, wave.slug, case.dossier.code, at=NOW - timedelta(hours=hours),
                mode="visit", result="2.21", note="", by="dtv1", now=NOW,
            )  # fmt: skip
    with wave.database.read() as session:
        told = {line.code: line for line in workload.units(session, wave.slug)}
        drawn = attempt_map.svg(session, wave.slug, "vi")
        english = attempt_map.svg(session, wave.slug, "en")
    assert told[unit.code].n_attempts == unit.n_attempts + 2
    for line in lines[:3]:
        assert f"{told[line.code].n_attempts} / {line.n_cases}<" in drawn
    total = sum(line.n_attempts for line in told.values())
    assert f"{total} lần liên hệ" in drawn and f"{total} contact attempts" in english


def _square(x: float, y: float) -> list:
    return [[x, y], [x + 0.09, y], [x + 0.09, y + 0.09], [x, y + 0.09], [x, y]]
