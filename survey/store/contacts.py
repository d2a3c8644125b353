"""Queries about contact attempts and released reserves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from survey.domain.contact import Attempt
from survey.domain.disposition import MEANINGS
from survey.store.models import (
    AccessCode,
    Case,
    ContactAttempt,
    Dossier,
    Draft,
    Frame,
    ReserveRelease,
    Unit,
)

_taking_back = aliased(ContactAttempt)
#: Attempts that were not taken back and take nothing back, as conditions of a query.
VALID = (
    ContactAttempt.voids_id.is_(None),
    ~select(_taking_back.id).where(_taking_back.voids_id == ContactAttempt.id).exists(),
)
#: A line as an object or as its columns.
_Line = TypeVar("_Line", ContactAttempt, Row)


def log_of(session: Session, case_id: int) -> list[ContactAttempt]:
    """All lines of a case, taken-back ones included, as they were logged."""
    query = select(ContactAttempt).where(ContactAttempt.case_id == case_id)
    return list(session.scalars(query.order_by(ContactAttempt.id)))


def valid(lines: Iterable[_Line]) -> list[_Line]:
    """The lines that were not taken back and take nothing back."""
    found = list(lines)
    void = {line.voids_id for line in found}
    return [line for line in found if line.voids_id is None and line.id not in void]


def attempts_of(session: Session, case_id: int) -> list[Attempt]:
    """The valid attempts of a case."""
    return [Attempt(line.at, line.mode, line.result) for line in valid(log_of(session, case_id))]


def attempts_of_wave(session: Session, wave_id: int) -> dict[int, list[Attempt]]:
    """Case id -> its valid attempts."""
    # Plain columns: a wave may have tens of thousands of lines, and a page waits for them.
    lines = session.execute(
        select(
            ContactAttempt.id,
            ContactAttempt.case_id,
            ContactAttempt.at,
            ContactAttempt.mode,
            ContactAttempt.result,
            ContactAttempt.voids_id,
        )
        .join(Case, Case.id == ContactAttempt.case_id)
        .where(Case.wave_id == wave_id)
        .order_by(ContactAttempt.id)
    ).all()
    found: dict[int, list[Attempt]] = defaultdict(list)
    for line in valid(lines):
        found[line.case_id].append(Attempt(line.at, line.mode, line.result))
    return found


def in_the_field(session: Session, wave_id: int) -> list[Row]:
    """Issued cases that have not answered, with what the lists of the office show of them."""
    return list(
        session.execute(
            select(
                Case.id,
                Case.unit_id,
                Case.stratum,
                Case.role,
                Case.rank,
                Case.disposition,
                Case.opened,
                Dossier.code.label("dossier_code"),
                Unit.code.label("unit_code"),
                Unit.name.label("unit_name"),
            )
            .join(Dossier, Dossier.id == Case.dossier_id)
            .join(Unit, Unit.id == Case.unit_id)
            .where(Case.wave_id == wave_id, Case.issued, Case.disposition != "1.0")
            .order_by(Case.unit_id, Case.stratum, Case.rank)
        )
    )


def case_of_reference(session: Session, wave_id: int, reference: str) -> Case | None:
    """The drawn case with this dossier code, or with this case number."""
    query = select(Case).join(Dossier).where(Case.wave_id == wave_id)
    # The frame is named because the index of dossier codes begins with it.
    frames = select(Frame.id).where(Frame.wave_id == wave_id)
    coded = query.where(Dossier.frame_id.in_(frames), Dossier.code == reference)
    found = session.scalars(coded).one_or_none()
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


def lock_reserves(session: Session, like: Case) -> list[int]:
    """Numbers of the stratum's reserves that are not in the field, in their order, held to the end.

    All are held, not the first one: whoever waits here must not find an empty list when the first
    is gone.
    """
    return list(
        session.scalars(
            select(Case.id)
            .where(
                Case.draw_id == like.draw_id,
                Case.unit_id == like.unit_id,
                Case.stratum == like.stratum,
                ~Case.issued,
            )
            .order_by(Case.rank)
            .with_for_update(of=Case)
        )
    )


def reserves(session: Session, wave_id: int) -> list[Row]:
    """All drawn reserves in the order of their strata, released or not."""
    return list(
        session.execute(
            select(
                Case.id,
                Case.unit_id,
                Case.stratum,
                Case.issued,
                Dossier.code.label("dossier_code"),
            )
            .join(Dossier, Dossier.id == Case.dossier_id)
            .where(Case.wave_id == wave_id, Case.role == "reserve")
            .order_by(Case.unit_id, Case.stratum, Case.rank)
        )
    )


def ineligible(session: Session, wave_id: int) -> dict[int, int]:
    """Unit id -> cases that fieldwork found not to belong to the sample."""
    codes = [code for code, meaning in MEANINGS.items() if meaning.category == "NE"]
    rows = session.execute(
        select(Case.unit_id, func.count())
        .where(Case.wave_id == wave_id, Case.issued, Case.disposition.in_(codes))
        .group_by(Case.unit_id)
    )
    return {row[0]: row[1] for row in rows}


def releases(session: Session, wave_id: int) -> list[tuple[ReserveRelease, Case, Case]]:
    """(release, reserve, the case it replaces), oldest first."""
    reserve, gone = aliased(Case), aliased(Case)
    rows = session.execute(
        select(ReserveRelease, reserve, gone)
        .join(reserve, reserve.id == ReserveRelease.case_id)
        .join(gone, gone.id == ReserveRelease.replaces_id)
        .where(reserve.wave_id == wave_id)
        .order_by(ReserveRelease.id)
        .options(joinedload(reserve.dossier), joinedload(reserve.unit), joinedload(gone.dossier))
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
