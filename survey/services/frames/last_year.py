"""How many dossiers each of this wave's units had in the wave before, on this wave's territory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from survey.services.composition import succession
from survey.store import cases
from survey.store.models import Frame, Wave


@dataclass(frozen=True, slots=True)
class Sizes:
    #: Unit -> dossiers of the wave before; no entry where the shares are not known.
    of: Mapping[int, float]
    total: float
    #: Which wave that was, and whether its units were recast.
    facts: Mapping[str, Any]


def sizes(session: Session, wave: Wave) -> Sizes | None:
    """None where no earlier wave of this territory has a frame."""
    found = succession.earlier_wave(session, wave, Frame)
    if found is None:
        return None
    before, shares = found
    old = cases.frame_sizes(session, before.id)
    return Sizes(
        shares.totals(old),
        float(sum(old.values())),
        {"slug": before.slug, "titles": before.titles, "recast": shares.changes},
    )
