"""What became of a unit: parts of units become parts of others, many to many, each on its day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

#: What shares that add up to one may be off by: they are typed with a few decimals.
TOLERANCE = 1e-6


class Move(NamedTuple):
    """From a day on, ``share`` of a unit is part of another; None: only that it is a part."""

    from_unit: int
    to_unit: int
    on: date
    share: float | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Where one unit lies in the units of a later day."""

    #: Unit of the later day -> share of the old one.  Shares add up to one if ``known``.
    shares: Mapping[int, float]
    #: Units that hold a part whose size is not known.
    unknown: frozenset[int]
    #: A part of it has no successor in the register.
    lost: bool

    @property
    def known(self) -> bool:
        return not self.unknown and not self.lost


def spread(
    unit: int,
    moves: Mapping[int, Iterable[Move]],
    ends: Mapping[int, date | None],
    *,
    since: date,
    until: date,
) -> Spread:
    """Follow a unit from the end of one day to another day.

    ``moves`` holds each unit's own moves, ``ends`` the first day without it (None: it stands).
    What moved on a day moves on only with moves of later days, so that the walk ends.
    """
    shares: dict[int, float] = {}
    unknown: set[int] = set()
    lost = False
    waiting: list[tuple[int, float | None, date]] = [(unit, 1.0, since)]
    while waiting:
        here, part, after = waiting.pop()
        leaving = [move for move in moves.get(here, ()) if after < move.on <= until]
        first = min((move.on for move in leaving), default=None)
        leaving = [move for move in leaving if move.on == first]
        ended = ends.get(here)
        gone = ended is not None and ended <= until and (first is None or ended <= first)
        moved = [move.share for move in leaving]
        for move in leaving:
            known = None if part is None or move.share is None else part * move.share
            waiting.append((move.to_unit, known, move.on))
        if gone:
            lost = lost or not leaving
            continue
        rest = None if part is None or None in moved else part * (1.0 - sum(moved))
        if first is not None:
            # What did not leave stays here and may leave later.
            if rest is None or rest > TOLERANCE:
                waiting.append((here, rest, first))
        elif rest is None:
            unknown.add(here)
        else:
            shares[here] = shares.get(here, 0.0) + rest
    return Spread(shares, frozenset(unknown), lost)
