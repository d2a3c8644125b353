"""Verified points: what a unit claims, what an appraiser decides, and sums that do not add up."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class Action(StrEnum):
    #: The unit's own points; none where the item does not apply to it.
    CLAIMED = "claimed"
    #: A sum that the unit wrote for an area or the whole.
    STATED = "stated"
    #: A further document for a claim.
    EVIDENCED = "evidenced"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"


class State(StrEnum):
    MISSING = "missing"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"


DECISIONS = (Action.ACCEPTED, Action.CHANGED, Action.REJECTED)
#: Decisions that say why.
NEEDS_REASON = frozenset({Action.CHANGED, Action.REJECTED})
#: The item that holds the stated sum of everything.
TOTAL = "total"


class Event(Protocol):
    action: str
    points: float | None
    file_sha256: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """An item of a unit after its log: ``claim`` and ``points`` are None where it does not apply.

    ``points`` means something only where ``decided``.
    """

    state: State
    claim: float | None
    points: float | None
    n_files: int
    #: Accounts that entered the newest claim and its documents: they may not decide on it.
    entered_by: frozenset[str]

    @property
    def decided(self) -> bool:
        return self.state not in (State.MISSING, State.CLAIMED)

    @property
    def lacks_evidence(self) -> bool:
        """Points are asked for, or were given, without any document."""
        wanted = self.points if self.decided else self.claim
        return self.state is not State.MISSING and bool(wanted) and not self.n_files


def standing(events: Sequence[Event]) -> Standing:
    """Fold a log, oldest first.  A new claim sets an earlier decision aside."""
    state, claim, points = State.MISSING, None, None
    n_files, entered_by = 0, frozenset[str]()
    for event in events:
        n_files += event.file_sha256 is not None
        if event.action == Action.CLAIMED:
            state, claim, points = State.CLAIMED, event.points, None
            entered_by = frozenset({event.by})
        elif event.action == Action.EVIDENCED:
            entered_by |= {event.by}
        elif event.action in DECISIONS:
            state, points = State(event.action), event.points
    return Standing(state, claim, points, n_files, entered_by)


#: Figures 0 to 9 with one point or comma, as a person or a spreadsheet writes them.
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)


def number(text: str) -> float:
    """The number that was written; not a number where it is none, or could be two."""
    plain = text.strip()
    return float(plain.replace(",", ".")) if _NUMBER.fullmatch(plain) else math.nan


def is_past(due_on: date | None, today: date) -> bool:
    """The day itself still counts."""
    return due_on is not None and today > due_on


def excess(parts: Iterable[float], stated: float, decimals: int) -> Decimal:
    """By how much the parts exceed the written sum; 0 where rounding alone explains it.

    Worked out in decimals as they were written, so that 57.04 + 8.19 is 65.23.
    """
    found = sum((Decimal(repr(float(part))) for part in parts), Decimal())
    difference = found - Decimal(repr(float(stated)))
    return difference if abs(difference) > Decimal(1).scaleb(-decimals) / 2 else Decimal()
