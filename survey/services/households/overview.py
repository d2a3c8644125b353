"""How far listings and interviews of a household round are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.services.households import plan
from survey.store import households, waves


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaLine:
    """One drawn area.  ``state``: "" (nothing came), open, closed."""

    code: str
    name: str
    unit: str
    enumerator: str
    state: str
    n_listed: int
    n_drawn: int
    n_answered: int


def progress(session: Session, slug: str) -> list[AreaLine]:
    """Every drawn area, by unit and code.  Raises NotFound, Conflict."""
    plan.of_wave(session, slug)
    wave = waves.get(session, slug)
    found, counts = [], households.counts(session, wave.id)
    for area, unit, kept, user in households.drawn(session, wave.id):
        n_drawn, n_answered = counts.get(area.id, (0, 0))
        found.append(
            AreaLine(
                code=area.code,
                name=area.name,
                unit=unit.name,
                enumerator=user.display_name or user.name if user else "",
                state=kept.state if kept else "",
                n_listed=len(kept.lines) if kept else 0,
                n_drawn=n_drawn,
                n_answered=n_answered,
            )
        )
    return found
