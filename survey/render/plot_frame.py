"""Sizes of the two forms of the caterpillar plot, and its axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

from survey.render.finding import Finding

#: The axis begins and ends on a multiple of this share.
_ROUND = 0.05


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes in the units of the viewBox, which are pixels at full size."""

    name: str
    width: int
    font: int
    title_font: int
    row_height: int
    #: Where the axis runs.
    left: int
    right: int
    #: From the top of a row to its text and to its marks.
    text_at: int
    marks_at: int
    #: Height of the guide lines behind the marks of a row.
    strip: int
    #: Right edges of the columns for share, interval and n; without columns they join the name.
    columns: tuple[int, ...] = ()


#: One line a unit, figures in columns at the right.
WIDE = Layout(
    name="wide", width=900, font=14, title_font=19, row_height=30, left=220, right=680,
    text_at=20, marks_at=14, strip=30, columns=(752, 848, 896),
)  # fmt: skip
#: A phone of 360 px with its margins: name and figures above, marks below.
NARROW = Layout(
    name="narrow", width=328, font=14, title_font=17, row_height=52, left=18, right=310,
    text_at=16, marks_at=32, strip=26,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axis:
    """Where a share lies between the edges of the plot."""

    low: float
    high: float
    step: float
    left: int
    right: int

    @classmethod
    def of(cls, found: Finding, left: int, right: int) -> Axis:
        """The shortest axis on round percentages that holds every mark."""
        shares = _drawn_shares(found) or [0.0]
        spread = max(shares) - min(shares)
        step = 0.05 if spread <= 0.25 else 0.1 if spread <= 0.55 else 0.2
        low = math.floor(min(shares) / _ROUND + 1e-9) * _ROUND
        high = math.ceil(max(shares) / _ROUND - 1e-9) * _ROUND
        return cls(low, max(high, low + _ROUND), step, left, right)

    def x(self, share: float) -> float:
        return self.left + (share - self.low) / (self.high - self.low) * (self.right - self.left)

    def ticks(self) -> list[float]:
        """Multiples of the step within the axis."""
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        return [round(i * self.step, 4) for i in range(first, last + 1)]


def _drawn_shares(found: Finding) -> list[float]:
    figures = [found.whole] if found.shown else []
    for row in found.shown:
        figures += [row.satisfaction, row.satisfaction_low, row.satisfaction_high, row.unweighted]
    return [share for share in figures if share is not None]
