"""Submissions that wait for a person: shown with their reason, taken or refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from survey.domain.intake import REASON_TITLES, Reason, State, Verdict
from survey.domain.text import clean_line
from survey.domain.wave import WaveState
from survey.errors import Conflict, InvalidInput, NotFound, Problem
from survey.services.fieldwork import attempts
from survey.services.intake import processing
from survey.services.intake.processing import Held
from survey.store import audit, field_closing, waves
from survey.store import field as store
from survey.store.models import FieldSubmission, Wave

MAX_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldView:
    """One submission in quarantine.  ``reason`` is empty while files of it are waited for."""

    id: str
    instance_id: str
    enumerator: str
    received_at: datetime
    reason: str
    title: Mapping[str, str]
    facts: Mapping[str, Any]
    case_id: int | None
    dossier_code: str
    corrects: str
    files: tuple[str, ...] = ()
    #: Answers that could be taken, by question.
    values: Mapping[str, Any] | None = None
    #: Why the others were refused, by question, in every language.
    refused: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    xml: str = ""


def listing(session: Session, slug: str) -> list[HeldView]:
    """What waits in a wave, then what belongs to no wave.  Raises NotFound."""
    wave = waves.get(session, slug)
    rows = store.quarantine(session, wave_id=wave.id) + store.quarantine(session, wave_id=None)
    return [_view(row) for row in rows]


def view(session: Session, slug: str, id_: str) -> HeldView:
    """One of them with its content.  Raises NotFound."""
    row = _row(session, slug, id_)
    reading = processing.read(session, row, any_version=True)
    found = None if isinstance(reading, Held) else reading.found
    session.expire(row)  # looking changes nothing
    return _view(
        row,
        files=tuple(store.file_names(session, row.id)),
        values=found and found.values,
        refused={
            **({name: p.messages for name, p in found.problems.items()} if found else {}),
            **row.facts.get("files", {}),
        },
        xml=bytes(row.xml).decode("utf-8", "replace"),
    )


def decide(
    session: Session,
    slug: str,
    id_: str,
    *,
    verdict: str,
    reason: str,
    reference: str = "",
    by: str,
    code_key: bytes,
    now: datetime,
) -> None:
    """Take a submission as the answer of its case, or refuse it; signed, with a reason.

    ``reference``: the dossier code or number of the case, where the submission names none or a
    wrong one.  What of it is no answer (refused texts, unknown rows) is left out.  Raises
    NotFound, InvalidInput, Conflict.
    """
    row, wave = _row(session, slug, id_), waves.get(session, slug)
    reason = clean_line(reason)[:MAX_REASON]
    if not reason:
        fault = Problem("intake.no_reason", "Phải nêu lý do của quyết định.")
        raise InvalidInput(fault.message, [fault], code=fault.code)
    if verdict not in set(Verdict):
        fault = Problem("intake.no_verdict", "Hãy chọn nhận hay không nhận phiếu này.")
        raise InvalidInput(fault.message, [fault], code=fault.code)
    held_for = row.reason or Reason.ATTACHMENTS
    if verdict == Verdict.ACCEPTED:
        _accept(session, row, wave, reference, code_key)
    else:
        _reject(session, row, wave)
    row.verdict, row.decision_reason, row.decided_by, row.decided_at = verdict, reason, by, now
    # Neither case nor instanceID: this line stays when the link is cut.
    audit.append(
        session,
        f"intake.{verdict}",
        by=by,
        at=now,
        wave=slug,
        held_for=held_for,
        reason=reason,
    )


def _accept(
    session: Session, row: FieldSubmission, wave: Wave, reference: str, code_key: bytes
) -> None:
    if wave.state != WaveState.OPEN or store.hold_wave(session, wave.id) != WaveState.OPEN:
        raise Conflict(
            "Đợt “%(slug)s” không mở; muốn nhận phiếu này phải mở lại đợt trước.",
            code="intake.wave_not_open",
            slug=wave.slug,
        )
    case = attempts.find(session, wave.slug, reference).id if reference.strip() else None
    reading = processing.read(session, row, any_version=True, case=case)
    if isinstance(reading, Held) or reading.visit.row.wave_id != wave.id:
        raise Conflict(
            "Phiếu này không đọc được hoặc không rõ của hồ sơ nào; hãy ghi mã hồ sơ.",
            code="intake.no_case",
        )
    before = store.stored_of_case(session, row.case_id)
    if reading.visit.row.answered and before is None:
        raise Conflict(
            "Hồ sơ đã tự trả lời; phiếu đó không thay được nữa.", code="intake.answered_online"
        )
    processing.store_answer(session, row, reading, code_key=code_key, before=before, judged=True)
    store.wake_corrections(session, [row.instance_id])


def _reject(session: Session, row: FieldSubmission, wave: Wave) -> None:
    row.state = State.REJECTED
    if row.wave_id is not None and wave.state == WaveState.CLOSED:
        # Its case may have an answer that no link leads to any more; neither may this.
        field_closing.forget_files(session, row.id)
        row.xml, row.case_id = b"", None


def _row(session: Session, slug: str, id_: str) -> FieldSubmission:
    wave, row = waves.get(session, slug), store.lock(session, id_)
    held = row is not None and row.state in (State.QUARANTINED, State.WAITING)
    if not held or row.wave_id not in (None, wave.id):
        raise NotFound("Phiếu này không nằm trong cách ly.", code="intake.not_held")
    return row


def _view(row: FieldSubmission, **more: Any) -> HeldView:
    waiting = {"vi": "Đang chờ tệp đính kèm", "en": "Waiting for attached files"}
    return HeldView(
        id=row.id,
        instance_id=row.instance_id,
        enumerator=row.account.display_name,
        received_at=row.received_at,
        reason=row.reason,
        title=REASON_TITLES[Reason(row.reason)] if row.reason else waiting,
        facts=row.facts,
        case_id=row.case_id,
        dossier_code=row.case.dossier.code if row.case else "",
        corrects=row.corrects,
        **more,
    )
