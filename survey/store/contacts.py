"""Queries about contact attempts and released reserves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from survey.domain.contact import Attempt
from survey.store.models import (
    AccessCode,
    Case,
    ContactAttempt,
    Dossier,
    Draft,
    ReserveRelease,
)


def log_of(session: Session, case_id: int) -> list[ContactAttempt]:
    """All lines of a case, taken-back ones included, as they were logged."""
    query = select(ContactAttempt).where(ContactAttempt.case_id == case_id)
    return list(session.scalars(query.order_by(ContactAttempt.id)))


def valid(lines: Iterable[ContactAttempt]) -> list[ContactAttempt]:
    """The lines that were not taken back and take nothing back."""
    found = list(lines)
    void = {line.voids_id for line in found}
    return [line for line in found if line.voids_id is None and line.id not in void]


def attempts_of(session: Session, case_id: int) -> list[Attempt]:
    """The valid attempts of a case."""
    return [Attempt(line.at, line.mode, line.result) for line in valid(log_of(session, case_id))]


def attempts_of_wave(session: Session, wave_id: int) -> dict[int, list[Attempt]]:
    """Case id -> its valid attempts."""
    lines = session.scalars(
        select(ContactAttempt)
        .join(Case, Case.id == ContactAttempt.case_id)
        .where(Case.wave_id == wave_id)
        .order_by(ContactAttempt.id)
    ).all()
    found: dict[int, list[Attempt]] = defaultdict(list)
    for line in valid(lines):
        found[line.case_id].append(Attempt(line.at, line.mode, line.result))
    return found


def case_of_reference(session: Session, wave_id: int, reference: str) -> Case | None:
    """The drawn case with this dossier code, or with this case number."""
    query = select(Case).join(Dossier).where(Case.wave_id == wave_id)
    found = session.scalars(query.where(Dossier.code == reference)).one_or_none()
    if found is None and reference.isascii() and reference.isdigit() and len(reference) < 10:
        found = session.scalars(query.where(Case.id == int(reference))).one_or_none()
    return found


def replaced(session: Session, wave_id: int) -> set[int]:
    """Cases for which a reserve went into the field."""
    return set(
        session.scalars(
            select(ReserveRelease.replaces_id)
            .join(Case, Case.id == ReserveRelease.replaces_id)
            .where(Case.wave_id == wave_id)
        )
    )


def lock_reserves(session: Session, like: Case) -> list[Case]:
    """The stratum's reserves that are not in the field, in their order, held to the end.

    All are held, not the first one: whoever waits here must not find an empty list when the first
    is gone.
    """
    return list(
        session.scalars(
            select(Case)
            .where(
                Case.draw_id == like.draw_id,
                Case.unit_id == like.unit_id,
                Case.stratum == like.stratum,
                ~Case.issued,
            )
            .order_by(Case.rank)
            .with_for_update(of=Case)
            .execution_options(populate_existing=True)
        )
    )


def releases(session: Session, wave_id: int) -> list[tuple[ReserveRelease, Case, Case]]:
    """(release, reserve, the case it replaces), oldest first."""
    reserve, gone = aliased(Case), aliased(Case)
    rows = session.execute(
        select(ReserveRelease, reserve, gone)
        .join(reserve, reserve.id == ReserveRelease.case_id)
        .join(gone, gone.id == ReserveRelease.replaces_id)
        .where(reserve.wave_id == wave_id)
        .order_by(ReserveRelease.id)
    )
    return [tuple(row) for row in rows]


def invited(session: Session, wave_id: int) -> set[int]:
    """Cases that have a code in force."""
    return set(
        session.scalars(
            select(AccessCode.case_id)
            .join(Case)
            .where(Case.wave_id == wave_id, AccessCode.revoked_at.is_(None))
        )
    )


def begun(session: Session, wave_id: int) -> dict[int, bool]:
    """Case id of each unsent questionnaire -> whether any question was answered in it."""
    rows = session.execute(
        select(Draft.case_id, Draft.answers).where(
            Draft.wave_id == wave_id, Draft.case_id.is_not(None)
        )
    )
    return {
        case_id: any(value not in (None, "", []) for value in answers.values())
        for case_id, answers in rows
    }
