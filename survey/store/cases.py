"""Queries about cases, their codes and their record."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from survey.store.models import (
    AccessCode,
    Case,
    CaseEvent,
    Dossier,
    Draft,
    Frame,
    SampleDraw,
    SamplePlan,
)


def code_of(session: Session, digest: bytes) -> AccessCode | None:
    return session.scalars(select(AccessCode).where(AccessCode.digest == digest)).one_or_none()


def get(session: Session, case_id: int) -> Case | None:
    return session.get(Case, case_id)


def lock(session: Session, case_id: int) -> Case | None:
    """The case, held until the transaction ends, so that two submissions queue up."""
    return session.scalars(
        select(Case)
        .where(Case.id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def draft_of(session: Session, case_id: int) -> Draft | None:
    return session.scalars(select(Draft).where(Draft.case_id == case_id)).one_or_none()


def has_valid_code(session: Session, case_id: int) -> bool:
    return bool(
        session.scalar(
            select(exists().where(AccessCode.case_id == case_id, AccessCode.revoked_at.is_(None)))
        )
    )


def issued(session: Session, wave_id: int) -> list[Case]:
    """Cases in the field, in the fixed order unit, stratum, rank."""
    return list(
        session.scalars(
            select(Case)
            .where(Case.wave_id == wave_id, Case.issued)
            .order_by(Case.unit_id, Case.stratum, Case.rank)
        )
    )


def count_issued_by_stratum(session: Session, wave_id: int) -> list[tuple[int, str, int, int, int]]:
    """(unit id, stratum, cases issued, answered, refused) for each stratum of the draw."""
    rows = session.execute(
        select(
            Case.unit_id,
            Case.stratum,
            func.count(),
            func.count().filter(Case.disposition == "1.0"),
            func.count().filter(Case.disposition == "2.11"),
        )
        .where(Case.wave_id == wave_id, Case.issued)
        .group_by(Case.unit_id, Case.stratum)
        .order_by(Case.unit_id, Case.stratum)
    )
    return [tuple(row) for row in rows]


def append_event(
    session: Session, case_id: int, kind: str, at: datetime, *, by: str = "", note: str = ""
) -> None:
    session.add(CaseEvent(case_id=case_id, kind=kind, at=at, by=by, note=note))


def has_draw(session: Session, wave_id: int) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(SampleDraw.plan_id == SamplePlan.id, SamplePlan.wave_id == wave_id)
            )
        )
    )


def frame_sizes(session: Session, wave_id: int) -> dict[int, int]:
    """Unit id -> dossiers in the wave's frame."""
    rows = session.execute(
        select(Dossier.unit_id, func.count())
        .join(Frame, Frame.id == Dossier.frame_id)
        .where(Frame.wave_id == wave_id)
        .group_by(Dossier.unit_id)
    )
    return {row[0]: row[1] for row in rows}
