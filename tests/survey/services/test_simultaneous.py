"""Two devices at the same moment: one answer, one draft, whichever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from forms import routing
from survey.services import definitions, entry, respond
from survey.services.entry import Entry, Refusal
from survey.services.respond import Receipt
from survey.store.models import Draft, Response

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
def opened(wave, settings) -> Entry:
    (code,) = wave.codes()
    with wave.database.read() as session:
        return entry.open_case(session, code, code_key=settings.code_key_bytes, now=now())


def now() -> datetime:
    return datetime.now(UTC)


def count(wave, table) -> int:
    with wave.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_devices_that_agree_at_once_share_one_draft(wave, opened):
    def agree() -> str:
        with wave.database.write() as session:
            return respond.start(session, opened, language="vi", now=now())

    drafts = at_once(agree)
    assert len(set(map(str, drafts))) == 1
    assert count(wave, Draft) == 1


def test_devices_that_send_at_once_leave_one_answer(wave, opened, settings):
    with wave.database.write() as session:
        draft_id = respond.start(session, opened, language="vi", now=now())
        draft = session.get_one(Draft, draft_id)
        definition = definitions.of(draft.questionnaire)
        draft.answers = {"a1": "co", "a2": "co", "a3": "tu", "a4": "khong"}
        context = {"unit_name": "", "case_field": "x", "case_channel": "x", "today": ""}
        draft.visited = [
            section.name for section, _ in routing.path(definition, draft.answers, context)
        ]

    def send():
        with wave.database.write() as session:
            return respond.submit(
                session,
                draft_id,
                code_key=settings.code_key_bytes,
                receipt_code=respond.new_receipt_code(),
                now=now(),
            )

    got = at_once(send)
    receipts = [one for one in got if isinstance(one, Receipt)]
    others = [one for one in got if not isinstance(one, Receipt)]
    assert len(receipts) == 1, got
    assert all(one is None or isinstance(one, Refusal) for one in others), others
    assert (count(wave, Response), count(wave, Draft)) == (1, 0)
