"""Queries about household rounds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from survey.domain.intake import Reason, State
from survey.store.models import (
    Case,
    CaseAssignment,
    FieldAttachment,
    FieldSubmission,
    HouseholdArea,
    HouseholdCase,
    HouseholdListing,
    SampleDraw,
    SamplePlan,
    Unit,
    User,
    Wave,
)


def areas(session: Session, wave_id: int) -> list[HouseholdArea]:
    """The frame of areas, by code."""
    found = select(HouseholdArea).where(HouseholdArea.wave_id == wave_id)
    return list(session.scalars(found.order_by(HouseholdArea.code)))


def drawn(session: Session, wave_id: int) -> Sequence[Row]:
    """Drawn areas with unit, listing and who works them, by unit and code."""
    holder = (
        select(HouseholdCase.area_id, func.min(CaseAssignment.account_id).label("account_id"))
        .join(CaseAssignment, CaseAssignment.case_id == HouseholdCase.case_id)
        .where(CaseAssignment.ended_at.is_(None))
        .group_by(HouseholdCase.area_id)
        .subquery()
    )
    return session.execute(
        select(HouseholdArea, Unit, HouseholdListing, User)
        .join(Unit, Unit.id == HouseholdArea.unit_id)
        .outerjoin(HouseholdListing, HouseholdListing.area_id == HouseholdArea.id)
        .outerjoin(holder, holder.c.area_id == HouseholdArea.id)
        .outerjoin(User, User.id == holder.c.account_id)
        .where(HouseholdArea.wave_id == wave_id, HouseholdArea.probability.is_not(None))
        .order_by(Unit.code, HouseholdArea.code)
    ).all()


def of_worker(session: Session, account_id: int) -> Sequence[Row]:
    """Areas in which an enumerator has cases, of open waves: area, unit, wave, seed."""
    mine = (
        select(HouseholdCase.area_id)
        .join(CaseAssignment, CaseAssignment.case_id == HouseholdCase.case_id)
        .where(CaseAssignment.account_id == account_id, CaseAssignment.ended_at.is_(None))
    )
    return session.execute(
        select(HouseholdArea, Unit, Wave, SampleDraw.seed)
        .join(Unit, Unit.id == HouseholdArea.unit_id)
        .join(Wave, Wave.id == HouseholdArea.wave_id)
        .join(SamplePlan, SamplePlan.wave_id == Wave.id)
        .join(SampleDraw, SampleDraw.plan_id == SamplePlan.id)
        .where(HouseholdArea.id.in_(mine), Wave.state != "closed")
        .order_by(Wave.id, Unit.code, HouseholdArea.code)
    ).all()


def listing(session: Session, area_id: int) -> HouseholdListing | None:
    return session.get(HouseholdListing, area_id)


def hold_area(session: Session, area_id: int) -> HouseholdArea | None:
    """An area whose listing nobody else changes until the transaction ends."""
    found = select(HouseholdArea).where(HouseholdArea.id == area_id)
    return session.scalars(found.with_for_update()).one_or_none()


def places(session: Session, area_id: int) -> list[HouseholdCase]:
    """The cases of an area, in the order of their places."""
    found = select(HouseholdCase).where(HouseholdCase.area_id == area_id)
    return list(session.scalars(found.order_by(HouseholdCase.place)))


def counts(session: Session, wave_id: int) -> dict[int, tuple[int, int]]:
    """Area -> its drawn households, and the answered ones among them."""
    rows = session.execute(
        select(HouseholdCase.area_id, func.count(), func.count().filter(Case.answered))
        .join(Case, Case.id == HouseholdCase.case_id)
        .where(Case.wave_id == wave_id, HouseholdCase.number.is_not(None))
        .group_by(HouseholdCase.area_id)
    )
    return {area: (n, answered) for area, n, answered in rows}


def case(session: Session, case_id: int) -> HouseholdCase | None:
    return session.get(HouseholdCase, case_id)


def of_cases(session: Session, case_ids: Sequence[int]) -> dict[int, HouseholdCase]:
    found = select(HouseholdCase).where(HouseholdCase.case_id.in_(case_ids))
    return {each.case_id: each for each in session.scalars(found)}


def file(session: Session, submission_id: str, name: str) -> bytes | None:
    return session.scalar(
        select(FieldAttachment.content).where(
            FieldAttachment.submission_id == submission_id, FieldAttachment.name == name
        )
    )


def waiting_for_selection(session: Session, area_id: int) -> list[FieldSubmission]:
    """Submissions of an area in quarantine because of their selection."""
    return list(
        session.scalars(
            select(FieldSubmission)
            .join(HouseholdCase, HouseholdCase.case_id == FieldSubmission.case_id)
            .where(
                HouseholdCase.area_id == area_id,
                FieldSubmission.state == State.QUARANTINED,
                FieldSubmission.reason == Reason.SELECTION,
            )
        )
    )


def sizes(session: Session, wave_id: int) -> dict[int, int]:
    """Unit -> households of its areas by the register; {} for a wave without areas."""
    rows = session.execute(
        select(HouseholdArea.unit_id, func.sum(HouseholdArea.households))
        .where(HouseholdArea.wave_id == wave_id)
        .group_by(HouseholdArea.unit_id)
    )
    return {unit_id: int(n) for unit_id, n in rows}


def listings(session: Session, wave_id: int) -> list[HouseholdListing]:
    """Every listing of a wave."""
    of_wave = select(HouseholdArea.id).where(HouseholdArea.wave_id == wave_id)
    found = select(HouseholdListing).where(HouseholdListing.area_id.in_(of_wave))
    return list(session.scalars(found))


def forget_doors(session: Session, wave_id: int) -> None:
    """Where interviews were and who of how many was asked goes with the link to the answers."""
    of_wave = select(HouseholdArea.id).where(HouseholdArea.wave_id == wave_id)
    session.execute(
        update(HouseholdCase)
        .where(HouseholdCase.area_id.in_(of_wave))
        .values(position=None, adults=None, adult=None)
        .execution_options(synchronize_session=False)
    )


def issued_by_area(session: Session, wave_id: int) -> Sequence[Row]:
    """Drawn areas with their probabilities, cases in the field, and the ineligible among these."""
    out = Case.disposition.in_(("4.0", "4.10", "4.81"))
    return session.execute(
        select(
            HouseholdArea.code,
            HouseholdArea.unit_id,
            HouseholdArea.stratum,
            HouseholdArea.households,
            HouseholdArea.probability,
            HouseholdListing.state,
            func.max(HouseholdCase.share).label("share"),
            func.count().filter(Case.issued).label("n_issued"),
            func.count().filter(Case.issued, out).label("n_ineligible"),
        )
        .join(HouseholdCase, HouseholdCase.area_id == HouseholdArea.id)
        .join(Case, Case.id == HouseholdCase.case_id)
        .outerjoin(HouseholdListing, HouseholdListing.area_id == HouseholdArea.id)
        .where(HouseholdArea.wave_id == wave_id, HouseholdArea.probability.is_not(None))
        .group_by(
            HouseholdArea.code,
            HouseholdArea.unit_id,
            HouseholdArea.stratum,
            HouseholdArea.households,
            HouseholdArea.probability,
            HouseholdListing.state,
        )
        .order_by(HouseholdArea.code)
    ).all()
