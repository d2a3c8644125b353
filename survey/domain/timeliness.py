"""Whether a result came when it was promised.  Nothing is counted as in time for want of a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Timeliness(StrEnum):
    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    #: No day was promised: in no class, and never left out of the sum.
    UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class Counted:
    """Dossiers by class."""

    of: Mapping[Timeliness, int]

    @property
    def total(self) -> int:
        return sum(self.of.values())

    def share(self, kind: Timeliness) -> float:
        """Of all dossiers, those in no class included; 0 where there is none."""
        return self.of.get(kind, 0) / self.total if self.total else 0.0
