"""Enumerators of a wave: what they have in hand, what they did, in what they differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from survey.domain import supervision as rules
from survey.domain.disposition import Disposition
from survey.domain.intake import State
from survey.domain.supervision import Agreement
from survey.services.supervision import compared
from survey.store import contacts, waves
from survey.store.models import (
    BackCheck,
    Case,
    CaseAssignment,
    ContactAttempt,
    FieldSubmission,
    Response,
    Unit,
    User,
    Wave,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """One enumerator: ``n_cases`` in hand; ``minutes`` the median of those interviews that have
    their times; ``n_attempts`` without those taken back."""

    id: int
    name: str
    display_name: str
    n_cases: int
    n_answered: int
    n_refused: int
    n_attempts: int
    n_interviews: int
    minutes: float | None
    shortest: int | None
    last_sync: datetime | None
    n_checks: int
    n_checked: int
    agreement: Agreement | None
    #: (rule, {"own": ..., "others": ...}).
    flags: list[tuple[str, dict[str, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLine:
    """Attempts of a unit by part of the day."""

    code: str
    since: date
    name: str
    n_cases: int
    n_answered: int
    n_attempts: int


def workload(session: Session, slug: str) -> list[WorkLine]:
    """Every enumerator who has or had a case of the wave.  Raises NotFound."""
    wave = waves.get(session, slug)
    people = _people(session, wave)
    minutes = _minutes(session, wave)
    cases = _cases(session, wave)
    attempts = _attempts(session, wave)
    checks = _check_counts(session, wave)
    tables = compared.tables(session, wave)
    works = {}
    for user in people:
        own = cases.get(user.id, Counter())
        table = compared.pooled(tables.get(user.id, {}))
        works[user.name] = rules.Work(
            minutes=[each[0] for each in minutes.get(user.id, []) if each[0] is not None],
            refused=own["refused"],
            ended=own["refused"] + own["answered"],
            agreed=sum(n for (a, b), n in table.items() if a == b),
            checked=sum(table.values()),
        )
    flags = rules.flags(works)
    return [
        _line(user, works[user.name], flags[user.name], cases, attempts, minutes, checks, tables)
        for user in people
    ]


def _line(
    user: User,
    work: rules.Work,
    flags: list[tuple[str, dict[str, float]]],
    cases: Mapping[int, Counter],
    attempts: Mapping[str, int],
    minutes: Mapping[int, list[tuple[int | None, datetime]]],
    checks: Mapping[int, Counter],
    tables: Mapping[int, Mapping[str, Counter]],
) -> WorkLine:
    own, times = cases.get(user.id, Counter()), minutes.get(user.id, [])
    return WorkLine(
        id=user.id,
        name=user.name,
        display_name=user.display_name,
        n_cases=own["all"],
        n_answered=own["answered"],
        n_refused=own["refused"],
        n_attempts=attempts.get(user.name, 0),
        n_interviews=len(times),
        minutes=rules.median(work.minutes) if work.minutes else None,
        shortest=min(work.minutes, default=None),
        last_sync=max((at for _, at in times), default=None),
        n_checks=sum(checks.get(user.id, Counter()).values()),
        n_checked=checks.get(user.id, Counter())["done"],
        agreement=rules.agreement(compared.pooled(tables.get(user.id, {}))),
        flags=flags,
    )


def units(session: Session, slug: str) -> list[UnitLine]:
    """Where the attempts were.  Raises NotFound."""
    wave = waves.get(session, slug)
    tried = (
        select(Case.unit_id, func.count(ContactAttempt.id).label("n"))
        .join(ContactAttempt, ContactAttempt.case_id == Case.id)
        .where(Case.wave_id == wave.id, *contacts.VALID)
        .group_by(Case.unit_id)
        .subquery()
    )
    rows = session.execute(
        select(Unit, func.count(Case.id), func.coalesce(func.max(tried.c.n), 0))
        .join(Case, Case.unit_id == Unit.id)
        .outerjoin(tried, tried.c.unit_id == Unit.id)
        .where(Case.wave_id == wave.id, Case.issued)
        .group_by(Unit.id)
        .order_by(Unit.code)
    ).all()
    answered = dict(
        session.execute(
            select(Case.unit_id, func.count())
            .where(Case.wave_id == wave.id, Case.disposition == Disposition.ANSWERED)
            .group_by(Case.unit_id)
        ).all()
    )
    return [
        UnitLine(
            code=unit.code,
            since=unit.valid_from,
            name=unit.name,
            n_cases=n,
            n_answered=answered.get(unit.id, 0),
            n_attempts=tries,
        )
        for unit, n, tries in rows
    ]


def _people(session: Session, wave: Wave) -> list[User]:
    own = (
        select(CaseAssignment.account_id)
        .join(Case, Case.id == CaseAssignment.case_id)
        .where(Case.wave_id == wave.id)
    )
    return list(session.scalars(select(User).where(User.id.in_(own)).order_by(User.name)))


def _minutes(session: Session, wave: Wave) -> dict[int, list[tuple[int | None, datetime]]]:
    """Each interview's minutes and arrival; None: the device sent no times, or nothing was asked.

    Such answers say 0 minutes, which is no time at all and must not make anybody fast.
    """
    is_timed = Response.paradata["pace"].as_integer().is_not(None)
    minutes = case((is_timed, Response.minutes))
    rows = session.execute(
        select(FieldSubmission.account_id, minutes, FieldSubmission.received_at)
        .join(Response, Response.id == FieldSubmission.response_id)
        .where(FieldSubmission.wave_id == wave.id, FieldSubmission.state == State.STORED)
    )
    found: dict[int, list[tuple[int | None, datetime]]] = defaultdict(list)
    for account_id, minutes, at in rows:
        found[account_id].append((minutes, at))
    return found


def _cases(session: Session, wave: Wave) -> dict[int, Counter]:
    rows = session.execute(
        select(CaseAssignment.account_id, Case.disposition)
        .join(Case, Case.id == CaseAssignment.case_id)
        .where(Case.wave_id == wave.id, CaseAssignment.ended_at.is_(None))
    )
    kinds = {Disposition.ANSWERED: "answered", Disposition.REFUSAL: "refused"}
    found: dict[int, Counter] = defaultdict(Counter)
    for account_id, disposition in rows:
        found[account_id]["all"] += 1
        if disposition in kinds:
            found[account_id][kinds[disposition]] += 1
    return found


def _attempts(session: Session, wave: Wave) -> dict[str, int]:
    rows = session.execute(
        select(ContactAttempt.by, func.count())
        .join(Case, Case.id == ContactAttempt.case_id)
        .where(Case.wave_id == wave.id, *contacts.VALID)
        .group_by(ContactAttempt.by)
    )
    return dict(rows.all())


def _check_counts(session: Session, wave: Wave) -> dict[int, Counter]:
    rows = session.execute(
        select(BackCheck.account_id, BackCheck.state, func.count())
        .where(BackCheck.wave_id == wave.id)
        .group_by(BackCheck.account_id, BackCheck.state)
    )
    found: dict[int, Counter] = defaultdict(Counter)
    for account_id, state, n in rows:
        found[account_id][state] += n
    return found
