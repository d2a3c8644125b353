"""Two devices at the same moment: one answer, one draft, whichever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from survey.services import entry, respond
from survey.services.entry import Refusal
from survey.services.fieldwork import attempts
from survey.services.fieldwork import reserves as fieldwork_reserves
from survey.services.submission import Receipt, Sending, new_receipt_code
from survey.services.visit import Visitor
from survey.store import waves
from survey.store.models import Case, CaseWaiting, Desk, Draft, ReserveRelease, Response

DEVICES = 4


def at_once(act: Callable[[], object]) -> list[object]:
    """What each of several devices gets that do the same at the same moment."""
    start, got = threading.Barrier(DEVICES), []

    def device() -> None:
        start.wait()
        try:
            got.append(act())
        except Exception as raised:
            got.append(raised)

    threads = [threading.Thread(target=device) for _ in range(DEVICES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


@pytest.fixture
def opened(wave, settings) -> Visitor:
    (code,) = wave.codes()
    with wave.database.read() as session:
        found = entry.open_case(session, code, code_key=settings.code_key_bytes, now=now())
        return Visitor(found.kind, found.id, "")


@pytest.fixture
def sending(settings):
    def made(receipt_code: str | None = None) -> Sending:
        return Sending(
            receipt_code=receipt_code or new_receipt_code(),
            code_key=settings.code_key_bytes,
            language="vi",
            opened_at=now(),
            now=now(),
        )

    return made


def now() -> datetime:
    return datetime.now(UTC)


def count(wave, table) -> int:
    with wave.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def lay_out(wave, layout: str) -> None:
    with wave.database.write() as session:
        found = waves.get(session, wave.slug)
        found.settings = {**found.settings, "layout": layout}


def test_devices_that_agree_at_once_share_one_draft(wave, opened):
    def agree() -> str:
        with wave.database.write() as session:
            return respond.start(session, opened, language="vi", now=now()).draft_id

    drafts = at_once(agree)
    assert len(set(map(str, drafts))) == 1
    assert count(wave, Draft) == 1


def answers_of(wave) -> list[dict]:
    with wave.database.read() as session:
        return [answer.answers for answer in session.scalars(select(Response))]


ELIGIBLE = {"a1": ["co"], "a2": ["co"], "a3": ["tu"], "a4": ["khong"]}


def test_pages_sent_from_several_devices_at_once_are_all_kept(wave, opened, sending):
    def send(name: str, **raw):
        with wave.database.write() as session:
            return respond.receive(session, opened, name, raw, agreed=True, sending=sending())

    send("sang_loc", **ELIGIBLE)
    for name in ("ho_so", "tiep_can", "thu_tuc", "cong_chuc"):
        send(name)
    # All four were shown before: each device sends another one of them again.
    pages = [("tiep_can", "c1"), ("thu_tuc", "d1"), ("cong_chuc", "e1"), ("tiep_can", "c1")]
    waiting = iter(pages)

    def again():
        name, item = next(waiting)
        return send(name, **{item: ["4"]})

    at_once(again)
    with wave.database.read() as session:
        (draft,) = session.scalars(select(Draft))
    assert [draft.answers.get(item) for item in ("c1", "d1", "e1")] == ["4", "4", "4"]


@pytest.mark.parametrize("layout", ["sections", "one_page"])
def test_devices_that_send_at_once_leave_one_answer(wave, opened, sending, layout):
    lay_out(wave, layout)

    def send():
        with wave.database.write() as session:
            if layout == "sections":
                return respond.submit(session, opened, sending=sending())
            return respond.receive(
                session, opened, "sang_loc", ELIGIBLE, agreed=True, sending=sending()
            )

    if layout == "sections":
        with wave.database.write() as session:
            ended = {**ELIGIBLE, "a1": ["khong"]}
            respond.receive(session, opened, "sang_loc", ended, agreed=True, sending=sending())
            respond.receive(session, opened, "ket_thuc", {}, agreed=True, sending=sending())
    before = count(wave, CaseWaiting)
    got = at_once(send)
    receipts = [one for one in got if isinstance(one, Receipt)]
    others = [one for one in got if not isinstance(one, Receipt)]
    assert len(receipts) == 1, got
    assert all(one is None or isinstance(one, Refusal) for one in others), others
    assert (count(wave, Response), count(wave, Draft)) == (1, 0)
    assert count(wave, CaseWaiting) == before - 1


@pytest.mark.parametrize("kind", ["case", "desk"])
def test_one_form_sent_several_times_at_once_has_one_receipt(wave, opened, sending, kind):
    lay_out(wave, "one_page")
    if kind == "desk":
        with wave.database.read() as session:
            opened = Visitor("desk", session.scalars(select(Desk.id)).first(), "")
    code = new_receipt_code()

    def send():
        with wave.database.write() as session:
            return respond.receive(
                session, opened, "sang_loc", ELIGIBLE, agreed=True, sending=sending(code)
            )

    got = at_once(send)
    assert [one.code for one in got] == [code] * DEVICES, got
    assert count(wave, Response) == 1
    assert answers_of(wave)[0]["a1"] == "co"


def test_two_releases_at_once_take_two_reserves_in_their_order(wave):
    with wave.database.write() as session:
        gone, reserves = _ended_stratum(session, wave.slug)
    waiting = iter(gone)

    def release():
        code = next(waiting)
        with wave.database.write() as session:
            (made,) = fieldwork_reserves.release(
                session, wave.slug, [code], reason="từ chối", by="lan", now=now()
            )
        return made.reserve_id

    got = at_once(release)
    assert sorted(map(str, got)) == sorted(map(str, reserves[: len(gone)])), got


def test_one_case_is_replaced_once_however_often_it_is_asked_for(wave):
    with wave.database.write() as session:
        (code, *_), reserves = _ended_stratum(session, wave.slug)

    def release():
        with wave.database.write() as session:
            (made,) = fieldwork_reserves.release(
                session, wave.slug, [code], reason="từ chối", by="lan", now=now()
            )
        return made.reserve_id

    got = at_once(release)
    made = [one for one in got if not isinstance(one, Exception)]
    refused = [one for one in got if isinstance(one, Exception)]
    assert made == reserves[:1]
    assert {getattr(one, "code", repr(one)) for one in refused} == {"release.replaced"}
    assert count(wave, ReserveRelease) == 1


def _ended_stratum(session, slug: str) -> tuple[list[str], list[int]]:
    """Dossier codes of as many ended cases of one stratum as devices; its reserves in order."""
    found = waves.get(session, slug)
    place = session.execute(
        select(Case.unit_id, Case.stratum)
        .where(Case.wave_id == found.id, ~Case.issued)
        .group_by(Case.unit_id, Case.stratum)
        .having(func.count() >= DEVICES)
        .order_by(Case.unit_id, Case.stratum)
    ).first()
    here = session.scalars(
        select(Case)
        .where(Case.unit_id == place.unit_id, Case.stratum == place.stratum)
        .order_by(Case.rank)
    ).all()
    ended = [case.dossier.code for case in here if case.issued][:DEVICES]
    for code in ended:
        attempts.log_attempt(
            session,
            slug,
            code,
            at=now(),
            mode="phone",
            result="2.112",
            note="",
            by="lan",
            now=now() + timedelta(minutes=1),
        )
    return ended, [case.id for case in here if not case.issued]
