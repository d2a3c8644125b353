"""What a citizen can do: agree or decline, answer, submit.  One function, one use.

An expected refusal (a spent code, a closed wave) is returned, not raised.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from forms import answers as form_answers
from forms.answers import Parsed
from forms.pages import Layout
from survey.domain.calendar import start_of_day
from survey.domain.disposition import Disposition
from survey.errors import Conflict
from survey.services import answer_files, paradata, submission
from survey.services.answer_files import Uploads
from survey.services.entry import Refusal
from survey.services.paging import Page, following_of, page_of, with_files
from survey.services.submission import Receipt, Sending
from survey.services.visit import Visit, Visitor, find
from survey.store import cases, drafts, visits

#: Times that a step is tried again because another device with the same code was faster.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Faulty:
    """A page that was sent and has to be looked at again."""

    page: Page
    parsed: Parsed
    draft_id: str


@dataclass(frozen=True, slots=True)
class Next:
    """Where a visit goes on; None: only submitting is left."""

    page: str | None
    draft_id: str


@dataclass(frozen=True, slots=True)
class NoConsent:
    """Nothing was agreed to, so nothing may be kept."""


def page(
    session: Session, visitor: Visitor, name: str | None, *, now: datetime
) -> Page | Refusal | None:
    """A page to show; asking for one that is off the path or too far ahead gives the next one.

    None: what the cookie says is gone.
    """
    visit = find(session, visitor, now=now)
    if not isinstance(visit, Visit):
        return visit
    return with_files(session, page_of(visit, name), visit.row.draft_id)


def start(session: Session, visitor: Visitor, *, language: str, now: datetime) -> Next | Refusal:
    """Consent was given: make the draft, or find the one that another device began."""
    for _ in range(TRIES):
        visit = find(session, visitor, now=now)
        if not isinstance(visit, Visit):
            return visit or Refusal("unknown")
        if visit.has_draft:
            return Next(page_of(visit, None).name, visit.row.draft_id)
        made = _keep(session, visit, {}, (), language, now)
        if made is not None:
            return Next(following_of(visit.path, ()), made)
    raise _too_busy()


def receive(
    session: Session,
    visitor: Visitor,
    name: str,
    raw: Mapping[str, Sequence[str]],
    *,
    agreed: bool,
    sending: Sending,
    uploads: Uploads | None = None,
) -> Next | Faulty | Receipt | Refusal | NoConsent | None:
    """Take in one page: keep its answers, or send the form if that is what the page said.

    ``agreed``: consent came with this page.  Whoever sends the same form again, because the first
    reply was lost on its way, gets the same receipt.  None: what the cookie says is gone.
    """
    files = uploads or Uploads()
    for _ in range(TRIES):
        visit = find(session, visitor, now=sending.now)
        if not isinstance(visit, Visit):
            return submission.receipt_of(session, sending) or visit
        if not (visit.has_draft or agreed):
            return submission.receipt_of(session, sending) or NoConsent()
        shown = page_of(visit, name)
        if shown.shown is None or name not in shown.shown.sections:
            # Sent from a page that earlier answers have since closed: nothing of it applies.
            return Next(shown.name, visit.row.draft_id or "")
        asked = shown.shown.questions
        sent = answer_files.with_files(asked, raw, files, visit.answers)
        parsed = form_answers.parse(
            visit.definition, shown.shown.sections, sent, visit.answers, visit.context
        )
        parsed = answer_files.with_problems(asked, parsed, files)
        done = _take(session, visit, shown, parsed, sending, files)
        if done is not None:
            if not isinstance(done, Faulty):
                paradata.count_page(
                    session,
                    visit,
                    shown.shown.sections,
                    opened_at=sending.opened_at,
                    now=sending.now,
                )
            return done
    raise _too_busy()


def submit(session: Session, visitor: Visitor, *, sending: Sending) -> Receipt | Refusal | None:
    """Send a form of which every page was sent; ``Refusal("incomplete")`` names the next page."""
    for _ in range(TRIES):
        visit = find(session, visitor, now=sending.now)
        if not isinstance(visit, Visit) or not visit.has_draft:
            return submission.receipt_of(session, sending) or (
                None if isinstance(visit, Visit) else visit
            )
        missing = following_of(visit.path, visit.visited)
        if missing is not None:
            return Refusal("incomplete", missing)
        receipt = submission.send(session, visit, visit.answers, sending)
        if receipt is not None:
            return receipt
    raise _too_busy()


def decline(session: Session, visitor: Visitor, *, now: datetime) -> None:
    """Consent was refused or taken back.  A drawn case counts as a refusal; a poster visit
    leaves no trace, not even the answers that were begun."""
    if visitor.kind != "case":
        drafts.delete_of_desk(session, visitor.draft_id, visitor.id)
        return
    case = cases.lock(session, visitor.id)
    if case is None or case.disposition == Disposition.ANSWERED:
        return
    drafts.delete_of_case(session, case.id)
    if case.disposition != Disposition.REFUSAL:
        # To the day: an answer that comes later must not be found by the minute before it.
        cases.append_event(session, case.id, "refused", start_of_day(now))
    case.opened, case.disposition = True, Disposition.REFUSAL


def _take(
    session: Session, visit: Visit, shown: Page, parsed: Parsed, sending: Sending, files: Uploads
) -> Next | Faulty | Receipt | None:
    """Write what a page brought.  None: another device was faster; look again."""
    given = {**visit.answers, **parsed.values}
    if parsed.problems:
        kept = _lay_down(session, visit, shown, parsed, (), sending, files)
        if kept is None:
            return None
        return Faulty(with_files(session, shown, kept), parsed, kept)
    sections = shown.shown.sections
    one_page = visit.layout is Layout.ONE_PAGE
    following = (
        None if one_page else following_of(visit.pages_with(given), (*visit.visited, *sections))
    )
    sends = following is None and shown.sends
    if sends and not files.files:
        return submission.send(session, visit, given, sending)
    kept = _lay_down(session, visit, shown, parsed, sections, sending, files)
    if kept is None:
        return None
    if sends:  # files go over from the draft to the answer
        visit = find(session, visit.visitor, now=sending.now)
        return submission.send(session, visit, given, sending)
    return Next(following, kept)


def _lay_down(
    session: Session,
    visit: Visit,
    shown: Page,
    parsed: Parsed,
    sections: Sequence[str],
    sending: Sending,
    files: Uploads,
) -> str | None:
    """A page's answers and files in the draft; its id, or None if another device was faster."""
    given = {**visit.answers, **parsed.values}
    kept = _keep(session, visit, given, sections, sending.language, sending.now)
    if kept is not None:
        answer_files.keep(session, kept, shown.shown.questions, parsed.values, files)
    return kept


def _keep(
    session: Session,
    visit: Visit,
    answers: Mapping[str, Any],
    sections: Sequence[str],
    language: str,
    now: datetime,
) -> str | None:
    """Lay answers down in the draft; the draft's id, or None if another device was faster."""
    row = visit.row
    visited = [*visit.visited, *(name for name in sections if name not in visit.visited)]
    changed = {"answers": answers, "visited": visited, "language": language}
    if visit.has_draft:
        changed["now"] = now
        kept = visits.keep_draft(session, row.draft_id, row.updated_at, changed)
        return row.draft_id if kept else None
    of_case = visit.visitor.kind == "case"
    draft_id = visit.visitor.draft_id or secrets.token_urlsafe(16)
    made = visits.begin_draft(
        session,
        {
            "id": draft_id,
            "wave_id": row.wave_id,
            "case_id": visit.visitor.id if of_case else None,
            "desk_id": None if of_case else visit.visitor.id,
            "questionnaire_id": visit.questionnaire_id,
            "started_at": now,
            "updated_at": now,
            **changed,
        },
    )
    return draft_id if made else None


def _too_busy() -> Conflict:
    return Conflict(
        "Phiếu này đang được trả lời trên nhiều máy cùng lúc. Hãy thử lại.", code="respond.busy"
    )
