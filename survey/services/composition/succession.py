"""One wave's units beside another's: which part of which became which, by the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain import succession as rules
from survey.domain.succession import Move, Spread
from survey.store import units
from survey.store.models import Frame, IndexRun, Unit, UnitSuccession, Wave


@dataclass(frozen=True, slots=True)
class Shares:
    """How old units lie in new ones.  Old units and new ones are named by their rows' numbers."""

    old: Mapping[int, Spread]
    new: tuple[int, ...]

    @property
    def changes(self) -> bool:
        """Whether any unit is not simply itself."""
        return any(set(each.shares) != {unit} for unit, each in self.old.items())

    def sources(self, new: int) -> dict[int, float] | None:
        """Old unit -> share of it that lies in a new unit; None if a share is not known."""
        found = {}
        for unit, each in self.old.items():
            if new in each.unknown:
                return None
            if new in each.shares:
                found[unit] = each.shares[new]
        return found

    def totals(self, amounts: Mapping[int, float]) -> dict[int, float]:
        """Amounts of old units on the new ones; a new unit with an unknown share has no entry."""
        found = {}
        for unit in self.new:
            sources = self.sources(unit)
            if sources is not None:
                found[unit] = sum(amounts.get(old, 0) * share for old, share in sources.items())
        return found


def shares(
    session: Session, old: Sequence[Unit], new: Sequence[Unit], *, since: date, until: date
) -> Shares:
    """Follow the units of one day to those of a later one (or the same)."""
    moves = moves_of(session)
    ends = dict(session.execute(select(Unit.id, Unit.valid_to)).all())
    return Shares(
        {u.id: rules.spread(u.id, moves, ends, since=since, until=until) for u in old},
        tuple(unit.id for unit in new),
    )


def earlier_wave(
    session: Session, wave: Wave, having: type[Frame] | type[IndexRun]
) -> tuple[Wave, Shares] | None:
    """The newest earlier wave of the same territory that has a frame, or results."""
    candidates = session.scalars(
        select(Wave)
        .where(
            Wave.window_to < wave.window_from,
            Wave.synthetic == wave.synthetic,
            Wave.id.in_(select(having.wave_id)),
        )
        .order_by(Wave.window_to.desc(), Wave.id.desc())
    )
    new = units.of_wave(session, wave.id)
    for before in candidates:
        old = units.of_wave(session, before.id)
        found = shares(session, old, new, since=before.window_to, until=wave.window_to)
        if any(found.sources(unit) != {} for unit in found.new):
            return before, found
    return None


def moves_of(session: Session) -> dict[int, list[Move]]:
    """Each unit's moves, by the unit that they leave."""
    found: dict[int, list[Move]] = {}
    for row in session.scalars(select(UnitSuccession)):
        move = Move(row.from_unit_id, row.to_unit_id, row.on, row.share)
        found.setdefault(row.from_unit_id, []).append(move)
    return found
