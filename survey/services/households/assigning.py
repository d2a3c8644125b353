"""Areas given to enumerators: all their places at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.roles import Role
from survey.errors import NotFound
from survey.services.intake import enumerators
from survey.store import households, waves
from survey.store.models import User


def assign(
    session: Session, slug: str, area_code: str, name: str, *, by: str, now: datetime
) -> int:
    """Give an area to an enumerator; how many cases changed hands.  Raises NotFound."""
    wave, user = waves.get(session, slug), enumerators.account(session, name)
    found = next(
        (each for each, *_ in households.drawn(session, wave.id) if each.code == area_code), None
    )
    if found is None:
        raise NotFound(
            "Khu vực “%(area)s” không có trong mẫu.", code="areas.not_drawn", area=area_code
        )
    ids = [place.case_id for place in households.places(session, found.id)]
    return enumerators.give(session, slug, user, ids, by=by, now=now)


def names(session: Session) -> list[str]:
    """Accounts that areas can be given to."""
    found = select(User.name).where(User.role == Role.ENUMERATOR, User.active)
    return list(session.scalars(found.order_by(User.name)))
