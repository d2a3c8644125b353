"""Queries about units.  Functions take a session and never commit."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey.store.models import Unit, WaveUnit


def valid_on(session: Session, code: str, day: date) -> Unit | None:
    """The unit that carried ``code`` on a day; codes are reused, so a day is needed."""
    return session.scalars(
        select(Unit).where(
            Unit.code == code,
            Unit.valid_from <= day,
            or_(Unit.valid_to.is_(None), Unit.valid_to > day),
        )
    ).one_or_none()


def of_wave(session: Session, wave_id: int) -> list[Unit]:
    return list(
        session.scalars(
            select(Unit)
            .join(WaveUnit, WaveUnit.unit_id == Unit.id)
            .where(WaveUnit.wave_id == wave_id)
            .order_by(Unit.code, Unit.valid_from)
        )
    )
