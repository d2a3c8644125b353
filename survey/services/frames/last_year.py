"""How many dossiers each of this wave's units had in the wave before, on this wave's territory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.services import succession
from survey.store import cases, units
from survey.store.models import Frame, Wave


@dataclass(frozen=True, slots=True)
class Sizes:
    #: Unit -> dossiers of the wave before; no entry where the shares are not known.
    of: Mapping[int, float]
    total: float
    #: Which wave that was, and whether its units were recast.
    facts: Mapping[str, Any]


def sizes(session: Session, wave: Wave) -> Sizes | None:
    """None where no earlier wave has a frame."""
    before = session.scalars(
        select(Wave)
        .join(Frame, Frame.wave_id == Wave.id)
        .where(Wave.window_to < wave.window_from, Wave.synthetic == wave.synthetic)
        .order_by(Wave.window_to.desc(), Wave.id.desc())
        .limit(1)
    ).one_or_none()
    if before is None:
        return None
    old = cases.frame_sizes(session, before.id)
    shares = succession.shares(
        session,
        units.of_wave(session, before.id),
        units.of_wave(session, wave.id),
        since=before.window_to,
        until=wave.window_to,
    )
    return Sizes(
        shares.totals(old),
        float(sum(old.values())),
        {"slug": before.slug, "titles": before.titles, "recast": shares.changes},
    )
