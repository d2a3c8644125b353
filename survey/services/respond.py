"""What a citizen can do: agree or decline, answer, submit.  One function, one use.

An expected refusal (a spent code, a closed wave) is returned, not raised.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import routing
from forms.model import Question, Questionnaire
from survey.domain import codes, screening
from survey.domain.calendar import local_day
from survey.domain.disposition import Disposition, Outcome, outcome_of
from survey.domain.wave import Stream
from survey.services import definitions, entry, jobs
from survey.services.entry import Entry, Refusal
from survey.store import cases, drafts
from survey.store.models import Case, Draft, Response, Wave

#: Seconds in which answers to a wave with live results come together into one recomputation.
LIVE_DELAY = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One section as it stands; ``section`` None means that only submitting is left."""

    questionnaire: Questionnaire
    section: str | None
    questions: tuple[Question, ...]
    answers: Mapping[str, Any]
    context: Mapping[str, str]
    step: int
    steps: int
    previous: str | None
    entry: Entry


@dataclass(frozen=True, slots=True)
class Receipt:
    code: str
    outcome: Outcome
    synthetic: bool


def start(session: Session, opened: Entry, *, language: str, now: datetime) -> str:
    """Consent was given: make the draft, or find the one that another device began."""
    case = cases.lock(session, opened.id) if opened.kind == "case" else None
    if case is not None:
        existing = cases.draft_of(session, case.id)
        if existing is not None:
            existing.language = language
            return existing.id
        if case.disposition == Disposition.REFUSAL:
            cases.append_event(session, case.id, "refusal_withdrawn", now)
        # Whatever the field had noted: who opens the page is a case at work again.
        case.disposition = Disposition.PENDING
        case.opened = True
    wave = session.scalars(select(Wave).where(Wave.slug == opened.wave_slug)).one()
    draft = Draft(
        id=secrets.token_urlsafe(16),
        wave_id=wave.id,
        case_id=case.id if case is not None else None,
        desk_id=opened.id if opened.kind == "desk" else None,
        questionnaire_id=wave.questionnaire_id,
        answers={},
        language=language,
        visited=[],
        started_at=now,
        updated_at=now,
    )
    session.add(draft)
    session.flush()
    return draft.id


def decline(session: Session, opened: Entry, *, draft_id: str, now: datetime) -> None:
    """Consent was refused or taken back.  A drawn case counts as a refusal; a poster visit
    leaves no trace, not even the answers begun in ``draft_id``."""
    if opened.kind != "case":
        draft = drafts.lock(session, draft_id)
        if draft is not None and draft.desk_id == opened.id:
            session.delete(draft)
        return
    case = cases.lock(session, opened.id)
    if case is None or case.disposition == Disposition.ANSWERED:
        return
    draft = cases.draft_of(session, case.id)
    if draft is not None:
        session.delete(draft)
    if case.disposition != Disposition.REFUSAL:
        cases.append_event(session, case.id, "refused", now)
    case.opened, case.disposition = True, Disposition.REFUSAL


def page(
    session: Session, draft_id: str, section: str | None, *, now: datetime
) -> Page | Refusal | None:
    """A section to show; asking for one that is off the path or too far ahead gives the next one.

    None: there is no such draft (any more).
    """
    draft = drafts.get(session, draft_id)
    if draft is None:
        return None
    # A session lets go of what nobody holds; `record` needs all of it again in this request.
    session.info["draft"] = draft
    opened = entry.of_draft(draft, now)
    if isinstance(opened, Refusal):
        return opened
    definition, context = definitions.of(draft.questionnaire), _context(draft, now)
    path = routing.path(definition, draft.answers, context)
    names = [step.name for step, _ in path]
    shown = section if section in _reachable(names, draft.visited) else _next(names, draft.visited)
    if section is None and _next(names, draft.visited) is None:
        shown = None
    step, steps = routing.progress(definition, draft.answers, context, shown)
    return Page(
        questionnaire=definition,
        section=shown,
        questions=dict(zip(names, (q for _, q in path), strict=True)).get(shown, ()),
        answers=draft.answers,
        context=context,
        step=step,
        steps=steps,
        previous=_before(names, shown),
        entry=opened,
    )


def record(
    session: Session,
    draft_id: str,
    section: str,
    values: Mapping[str, Any],
    *,
    language: str,
    now: datetime,
) -> str | None:
    """Keep the parsed answers of one section; return the next section, None when all are done."""
    # The page has loaded it in this request: no second round trip.
    draft = session.get_one(Draft, draft_id)
    definition, context = definitions.of(draft.questionnaire), _context(draft, now)
    draft.answers = {**draft.answers, **values}
    if section not in draft.visited:
        draft.visited = [*draft.visited, section]
    draft.language, draft.updated_at = language, now
    return routing.next_section(definition, draft.answers, context, after=section)


def new_receipt_code() -> str:
    return codes.new_code(codes.RECEIPT_SYMBOLS, secrets.token_bytes)


def submit(
    session: Session, draft_id: str, *, code_key: bytes, receipt_code: str, now: datetime
) -> Receipt | Refusal | None:
    """Turn a draft into an answer that no longer points to its case, code or moment.

    Whoever brings the same ``receipt_code`` again, because the first reply was lost on its way,
    gets the same receipt.  None: there is no such draft; another device submitted it.
    """
    draft = drafts.lock(session, draft_id)
    if draft is None:
        return _receipt_of(session, receipt_code, code_key)
    case = cases.lock(session, draft.case_id) if draft.case_id is not None else None
    opened = entry.of_draft(draft, now)
    if isinstance(opened, Refusal):
        return opened
    definition, context = definitions.of(draft.questionnaire), _context(draft, now)
    path = routing.path(definition, draft.answers, context)
    missing = _next([step.name for step, _ in path], draft.visited)
    if missing is not None:
        return Refusal("incomplete", missing)
    response = _response(draft, case, definition, context, path, now)
    response.receipt_digest = codes.code_digest(code_key, receipt_code)
    session.add(response)
    if case is not None:
        case.opened, case.disposition = True, Disposition.ANSWERED
    session.delete(draft)
    if draft.wave.live_results and case is not None:
        params = {"wave": draft.wave.slug}
        jobs.request(session, "recompute", params, by="system", now=now, delay=LIVE_DELAY)
    return Receipt(receipt_code, Outcome(response.outcome), draft.wave.synthetic)


def _receipt_of(session: Session, code: str, code_key: bytes) -> Receipt | None:
    digest = codes.code_digest(code_key, code)
    query = select(Response).where(Response.receipt_digest == digest)
    sent = session.scalars(query).one_or_none()
    if sent is None:
        return None
    wave = session.get_one(Wave, sent.wave_id)
    return Receipt(code, Outcome(sent.outcome), wave.synthetic)


def _response(
    draft: Draft, case: Case | None, definition: Questionnaire, context, path, now: datetime
) -> Response:
    answers = routing.prune(definition, draft.answers, context)
    asked = [q for _, questions in path for q in questions if q.is_asked]
    n_answered = sum(answers.get(q.name) not in (None, "", []) for q in asked)
    outcome = outcome_of(
        n_answered, len(asked), eligible=routing.is_eligible(definition, answers, context)
    )
    seconds = (now - draft.started_at).total_seconds()
    by_concept = {q.concept: answers.get(q.name) for q in asked if q.concept}
    return Response(
        id=secrets.token_hex(16),
        wave_id=draft.wave_id,
        stream=Stream.PROBABILITY if case is not None else Stream.OPEN,
        unit_id=case.unit_id if case is not None else draft.desk.unit_id,
        stratum=case.stratum if case is not None else "",
        inclusion_probability=case.inclusion_probability if case is not None else None,
        questionnaire_id=draft.questionnaire_id,
        answers=answers,
        outcome=outcome,
        language=draft.language,
        submitted_on=local_day(now),
        minutes=int(seconds // 60),
        flags=screening.flags(
            answers=answers,
            ratings=[q.name for q in asked if q.is_rating],
            n_answered=n_answered,
            seconds=seconds,
            seconds_per_question=draft.wave.settings["seconds_per_question"],
            officer_present=by_concept.get("officer_present") == "co",
            officer_answered=by_concept.get("assistance") == "can_bo",
        ),
    )


def _context(draft: Draft, now: datetime) -> dict[str, str]:
    unit = draft.case.unit if draft.case is not None else draft.desk.unit
    return {
        "unit_name": unit.name,
        "case_field": draft.case.stratum if draft.case is not None else "",
        "case_channel": draft.case.dossier.channel if draft.case is not None else "",
        "today": local_day(now).isoformat(),
    }


def _reachable(names: list[str], visited: list[str]) -> list[str]:
    """Sections that may be shown: those sent before and the first that was not."""
    following = _next(names, visited)
    return [name for name in names if name in visited or name == following]


def _next(names: list[str], visited: list[str]) -> str | None:
    return next((name for name in names if name not in visited), None)


def _before(names: list[str], section: str | None) -> str | None:
    position = len(names) if section is None else names.index(section)
    return names[position - 1] if position else None
