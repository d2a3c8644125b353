"""One wave's units beside another's: which part of which became which, by the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain import succession as rules
from survey.domain.succession import Move, Spread
from survey.store.models import Unit, UnitSuccession


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


def moves_of(session: Session) -> dict[int, list[Move]]:
    """Each unit's moves, by the unit that they leave."""
    found: dict[int, list[Move]] = {}
    for row in session.scalars(select(UnitSuccession)):
        move = Move(row.from_unit_id, row.to_unit_id, row.on, row.share)
        found.setdefault(row.from_unit_id, []).append(move)
    return found
