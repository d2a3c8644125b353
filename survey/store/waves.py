"""Queries about waves and what belongs to them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import NotFound
from survey.store.models import Frame, SampleCommitment, SampleDraw, SamplePlan, Wave, WaveUnit


def get(session: Session, slug: str) -> Wave:
    """Raises NotFound."""
    wave = session.scalars(select(Wave).where(Wave.slug == slug)).one_or_none()
    if wave is None:
        raise NotFound("Không có đợt khảo sát “%(slug)s”.", code="wave.not_found", slug=slug)
    return wave


def hold(session: Session, slug: str) -> Wave:
    """A wave that nobody else changes until the transaction ends.  Raises NotFound."""
    session.execute(
        select(Wave.id).where(Wave.slug == slug).with_for_update(key_share=True)
    ).one_or_none()
    session.expire_all()
    return get(session, slug)


def all_newest_first(session: Session) -> list[Wave]:
    return list(session.scalars(select(Wave).order_by(Wave.opens_on.desc(), Wave.id.desc())))


def of_unit(session: Session, unit_id: int) -> list[Wave]:
    """Waves that assess a unit, newest first."""
    own = select(WaveUnit.wave_id).where(WaveUnit.unit_id == unit_id)
    query = select(Wave).where(Wave.id.in_(own)).order_by(Wave.opens_on.desc(), Wave.id.desc())
    return list(session.scalars(query))


def frame_of(session: Session, wave_id: int) -> Frame | None:
    return session.scalars(
        select(Frame).where(Frame.wave_id == wave_id).order_by(Frame.id.desc()).limit(1)
    ).one_or_none()


def plan_of(session: Session, wave_id: int) -> SamplePlan | None:
    return session.scalars(
        select(SamplePlan)
        .where(SamplePlan.wave_id == wave_id)
        .order_by(SamplePlan.id.desc())
        .limit(1)
    ).one_or_none()


def draw_of(session: Session, wave_id: int) -> SampleDraw | None:
    return session.scalars(
        select(SampleDraw)
        .join(SamplePlan)
        .where(SamplePlan.wave_id == wave_id)
        .order_by(SampleDraw.id.desc())
        .limit(1)
    ).one_or_none()


def commitment_of(session: Session, wave_id: int) -> SampleCommitment | None:
    return session.scalars(
        select(SampleCommitment)
        .join(SamplePlan)
        .where(SamplePlan.wave_id == wave_id)
        .order_by(SampleCommitment.id.desc())
        .limit(1)
    ).one_or_none()
