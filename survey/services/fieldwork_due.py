"""Who is to be contacted next: cases in the field that nothing has ended, least tried first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey.domain import contact
from survey.domain.calendar import local_day
from survey.domain.collation import sort_key
from survey.domain.contact import ContactRule, Effort
from survey.domain.disposition import Disposition
from survey.services import fieldwork
from survey.store import contacts, units, waves
from survey.store.models import Case

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
    query = (
        select(Case)
        .where(Case.wave_id == wave.id, Case.issued, Case.disposition == Disposition.PENDING)
        .options(joinedload(Case.dossier), joinedload(Case.unit))
    )
    of_wave = sorted(units.of_wave(session, wave.id), key=lambda found: sort_key(found.name))
    open_cases = [c for c in session.scalars(query) if not unit or c.unit.code == unit]
    at_work = [c for c in open_cases if not fieldwork.ends_as(c, attempts.get(c.id, []), rule)]
    rested = [c for c in at_work if any(local_day(a.at) == today for a in attempts.get(c.id, []))]
    resting = {c.id for c in rested}
    rows = sorted(
        (_row(c, attempts.get(c.id, [])) for c in at_work if c.id not in resting),
        key=lambda row: (row.effort.attempts, sort_key(row.unit_name), row.field, row.case_id),
    )
    n_pages = max(1, -(-len(rows) // PAGE))
    page = min(max(page, 1), n_pages)
    return DueList(
        rows=tuple(rows[(page - 1) * PAGE : page * PAGE]),
        page=page,
        n_pages=n_pages,
        n_due=len(rows),
        waiting=len(at_work),
        tried_today=len(rested),
        ended=len(open_cases) - len(at_work),
        rule=rule,
        units=tuple((found.code, found.name) for found in of_wave),
        unit=unit,
    )


def field_titles(session: Session, slug: str) -> Mapping[str, Mapping[str, str]]:
    """Service field -> its titles.  Raises NotFound."""
    return waves.get(session, slug).settings["fields"]


def _row(case: Case, log: list[contact.Attempt]) -> DueCase:
    last = max(log, key=lambda attempt: attempt.at, default=None)
    return DueCase(
        case_id=case.id,
        dossier_code=case.dossier.code,
        unit_name=case.unit.name,
        field=case.stratum,
        is_reserve=case.role == "reserve",
        effort=contact.effort(log),
        last_at=last.at if last else None,
        last_title=contact.RESULT_TITLES[last.result] if last else None,
    )
