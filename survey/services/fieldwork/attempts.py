"""The log of contact attempts: who was tried, when, how, what came of it.  Lines are appended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from survey.domain import contact
from survey.domain.calendar import local_day
from survey.domain.contact import Attempt, ContactRule, Effort
from survey.domain.disposition import MEANINGS, Disposition, may_move
from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput, NotFound, Problem
from survey.store import audit, cases, contacts, waves
from survey.store.models import Case, ContactAttempt, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """``taken_back``: the reason, where a later line takes this one back."""

    id: int
    at: datetime
    mode: Mapping[str, str]
    result: str
    result_title: Mapping[str, str]
    note: str
    by: str
    counts: bool
    taken_back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as the office works it.  ``ends_as``: what its log lets it end with, or empty."""

    id: int
    dossier_code: str
    unit_name: str
    field: str
    role: str
    rank: int
    issued: bool
    answered: bool
    opened: bool
    disposition: str
    ends_as: str
    effort: Effort
    rule: ContactRule
    log: tuple[AttemptLine, ...]

    @property
    def title(self) -> Mapping[str, str] | None:
        """Title of its final disposition, if it has one."""
        found = MEANINGS.get(self.disposition)
        return found.titles if found else None


def find(session: Session, slug: str, reference: str) -> Case:
    """The case with a dossier code or case number.  Raises NotFound."""
    wave = waves.get(session, slug)
    reference = clean_line(reference)
    case = contacts.case_of_reference(session, wave.id, reference)
    if case is None:
        raise NotFound(
            "Không có hồ sơ “%(case)s” trong mẫu của đợt “%(slug)s”.",
            code="case.not_found",
            case=reference,
            slug=slug,
        )
    return case


def view(session: Session, slug: str, case_id: int) -> CaseView:
    """A case with its log.  Raises NotFound."""
    wave = waves.get(session, slug)
    case = cases.get(session, case_id)
    if case is None or case.wave_id != wave.id:
        raise NotFound(
            "Không có hồ sơ “%(case)s” trong mẫu của đợt “%(slug)s”.",
            code="case.not_found",
            case=case_id,
            slug=slug,
        )
    rule = ContactRule.of(wave.settings)
    lines = contacts.log_of(session, case.id)
    attempts = contacts.attempts_of(session, case.id)
    answered = case.disposition == Disposition.ANSWERED
    return CaseView(
        id=case.id,
        dossier_code=case.dossier.code,
        unit_name=case.unit.name,
        field=case.stratum,
        role=case.role,
        rank=case.rank,
        issued=case.issued,
        answered=answered,
        opened=case.opened,
        disposition=case.disposition,
        ends_as="" if answered else ends_as(case.disposition, attempts, rule, opened=case.opened),
        effort=contact.effort(attempts),
        rule=rule,
        log=tuple(_lines(lines)),
    )


def log_attempt(
    session: Session,
    slug: str,
    reference: str,
    *,
    at: datetime,
    mode: str,
    result: str,
    note: str,
    by: str,
    now: datetime,
) -> ContactAttempt:
    """Append one attempt; a decisive result ends the case.

    Raises NotFound, Conflict (the case is not in the field, or answered), InvalidInput.
    """
    case = cases.lock(session, find(session, slug, reference).id)
    wave = waves.get(session, slug)
    note = clean_line(note)
    fault = contact.result_fault(mode, result, note) or time_fault(wave, at, now)
    if fault is not None:
        raise InvalidInput(fault.message, [fault], code=fault.code, **fault.facts)
    refused = state_fault(case) or _twice(session, case, at, mode)
    if refused is not None:
        raise Conflict(refused.message, code=refused.code, **refused.facts)
    line = ContactAttempt(
        case_id=case.id, at=at, mode=mode, result=result, note=note, by=by, logged_at=now
    )
    session.add(line)
    session.flush()
    settle(session, case, wave)
    return line


def take_back(
    session: Session, slug: str, attempt_id: int, *, reason: str, by: str, now: datetime
) -> int:
    """Append a line that takes a wrong one back; the case's number is returned.

    Raises NotFound, InvalidInput, Conflict once a reserve was released on the strength of it.
    """
    wave = waves.get(session, slug)
    line = session.get(ContactAttempt, attempt_id)
    case = cases.lock(session, line.case_id) if line is not None else None
    if case is None or case.wave_id != wave.id:
        raise NotFound("Không có lần liên hệ này.", code="attempt.not_found")
    reason = clean_line(reason)
    fault = contact.note_fault(reason)
    if not reason:
        fault = Problem("attempt.no_reason", "Phải nêu lý do rút lại lần ghi này.")
    if fault is not None:
        raise InvalidInput(fault.message, [fault], code=fault.code, **fault.facts)
    if line not in contacts.valid(contacts.log_of(session, case.id)):
        raise Conflict("Lần ghi này đã được rút lại.", code="attempt.taken_back")
    if case.id in contacts.replaced(session, wave.id):
        raise Conflict(
            "Hồ sơ này đã được thay bằng hồ sơ dự phòng; nhật ký của nó không sửa được nữa.",
            code="attempt.replaced",
        )
    session.add(
        ContactAttempt(
            case_id=case.id,
            at=line.at,
            mode=line.mode,
            result=line.result,
            note=reason,
            by=by,
            logged_at=now,
            voids_id=line.id,
        )
    )
    session.flush()
    settle(session, case, wave)
    audit.append(session, "attempt.taken_back", by=by, at=now, wave=slug, attempt=line.id)
    return case.id


def settle(session: Session, case: Case, wave: Wave) -> None:
    """Bring the stored disposition in line with the log: decisive results end a case at once.

    What only the effort supports (non-contact, unknown) ends it when it is replaced; until then
    somebody may still be reached.
    """
    if case.disposition in (Disposition.ANSWERED, Disposition.REFUSAL):
        return
    code = contact.decisive_code(contacts.attempts_of(session, case.id))
    wanted = code or Disposition.PENDING
    if case.id in contacts.replaced(session, wave.id) and wanted == Disposition.PENDING:
        return
    if may_move(case.disposition, wanted):
        case.disposition = wanted
        session.flush()


def ends_as(
    disposition: str, attempts: Sequence[Attempt], rule: ContactRule, *, opened: bool
) -> str:
    """The code with which an unanswered case may be ended now; empty if it may not."""
    if disposition == Disposition.REFUSAL:
        return Disposition.REFUSAL
    return contact.final_code(attempts, rule, opened=opened)


def time_fault(wave: Wave, at: datetime, now: datetime) -> Problem | None:
    """Why an attempt cannot have been made at that moment."""
    if at > now:
        return Problem("attempt.future", "Thời điểm liên hệ ở tương lai.")
    day = local_day(at)
    if not wave.opens_on <= day <= wave.closes_on:
        facts = {"day": _day(day), "first": _day(wave.opens_on), "last": _day(wave.closes_on)}
        return Problem(
            "attempt.outside",
            "Ngày %(day)s nằm ngoài thời gian khảo sát (%(first)s – %(last)s).",
            facts,
        )
    return None


def state_fault(case: Case) -> Problem | None:
    """Why nothing more can be logged for a case."""
    facts = {"case": case.dossier.code}
    if not case.issued:
        return Problem(
            "attempt.not_issued", "Hồ sơ %(case)s là dự phòng, chưa được đưa vào khảo sát.", facts
        )
    if case.disposition == Disposition.ANSWERED:
        return Problem("attempt.answered", "Hồ sơ %(case)s đã trả lời; không liên hệ nữa.", facts)
    if case.disposition == Disposition.REFUSAL:
        return Problem(
            "attempt.declined",
            "Người nộp hồ sơ %(case)s đã bấm Không tham gia; không liên hệ nữa.",
            facts,
        )
    return None


def _twice(session: Session, case: Case, at: datetime, mode: str) -> Problem | None:
    """A form that was sent twice is one attempt."""
    if any(a.at == at and a.mode == mode for a in contacts.attempts_of(session, case.id)):
        return Problem(
            "attempts.twice",
            "lần liên hệ này với hồ sơ “%(case)s” đã được ghi.",
            {"case": case.dossier.code},
        )
    return None


def _lines(lines: list[ContactAttempt]) -> list[AttemptLine]:
    reasons = {line.voids_id: line.note for line in lines if line.voids_id is not None}
    return [
        AttemptLine(
            id=line.id,
            at=line.at,
            mode=contact.MODE_TITLES[contact.Mode(line.mode)],
            result=line.result if line.result in MEANINGS else "",
            result_title=contact.RESULT_TITLES[line.result],
            note=line.note,
            by=line.by,
            counts=Attempt(line.at, line.mode, line.result).counts,
            taken_back=reasons.get(line.id, ""),
        )
        for line in lines
        if line.voids_id is None
    ]


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
