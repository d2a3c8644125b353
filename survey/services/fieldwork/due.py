"""Who is to be contacted next: cases in the field that nothing has ended, least tried first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row
from sqlalchemy.orm import Session

from survey.domain import contact
from survey.domain.calendar import local_day
from survey.domain.collation import sort_key
from survey.domain.contact import ContactRule, Effort
from survey.domain.disposition import Disposition
from survey.services.fieldwork import attempts as fieldwork
from survey.store import contacts, units, waves

#: Cases on one page.
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCase:
    case_id: int
    dossier_code: str
    unit_name: str
    field: str
    is_reserve: bool
    effort: Effort
    last_at: datetime | None
    last_title: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueList:
    """``waiting``: cases at work in all; ``tried_today``: of these, rested until tomorrow."""

    rows: tuple[DueCase, ...]
    page: int
    n_pages: int
    n_due: int
    waiting: int
    tried_today: int
    ended: int
    rule: ContactRule
    #: (code, name) of the wave's units, and the one that was chosen.
    units: tuple[tuple[str, str], ...]
    unit: str


def due(session: Session, slug: str, *, now: datetime, unit: str = "", page: int = 1) -> DueList:
    """Cases to contact today: not answered, not ended, not tried today.  Raises NotFound."""
    wave = waves.get(session, slug)
    rule, today = ContactRule.of(wave.settings), local_day(now)
    attempts = contacts.attempts_of_wave(session, wave.id)
    open_cases = [
        case
        for case in contacts.in_the_field(session, wave.id)
        if case.disposition == Disposition.PENDING and (not unit or case.unit_code == unit)
    ]
    logs = {case.id: attempts.get(case.id, []) for case in open_cases}
    at_work = [
        case
        for case in open_cases
        if not fieldwork.ends_as(case.disposition, logs[case.id], rule, opened=case.opened)
    ]
    resting = {case.id for case in at_work if any(local_day(a.at) == today for a in logs[case.id])}
    rows = sorted(
        (case for case in at_work if case.id not in resting),
        key=lambda case: (len(logs[case.id]), sort_key(case.unit_name), case.stratum, case.rank),
    )
    n_pages = max(1, -(-len(rows) // PAGE))
    page = min(max(page, 1), n_pages)
    return DueList(
        rows=tuple(_row(case, logs[case.id]) for case in rows[(page - 1) * PAGE : page * PAGE]),
        page=page,
        n_pages=n_pages,
        n_due=len(rows),
        waiting=len(at_work),
        tried_today=len(resting),
        ended=len(open_cases) - len(at_work),
        rule=rule,
        units=unit_names(session, slug),
        unit=unit,
    )


def unit_names(session: Session, slug: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of the wave's units, in Vietnamese order.  Raises NotFound."""
    found = units.of_wave(session, waves.get(session, slug).id)
    return tuple((u.code, u.name) for u in sorted(found, key=lambda u: sort_key(u.name)))


def field_titles(session: Session, slug: str) -> Mapping[str, Mapping[str, str]]:
    """Service field -> its titles.  Raises NotFound."""
    return waves.get(session, slug).settings["fields"]


def _row(case: Row, log: list[contact.Attempt]) -> DueCase:
    last = max(log, key=lambda attempt: attempt.at, default=None)
    return DueCase(
        case_id=case.id,
        dossier_code=case.dossier_code,
        unit_name=case.unit_name,
        field=case.stratum,
        is_reserve=case.role == "reserve",
        effort=contact.effort(log),
        last_at=last.at if last else None,
        last_title=contact.RESULT_TITLES[last.result] if last else None,
    )
