"""All rules over one wave: what they need, their names, and the ranked evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.quality.screening import careless
from analysis.quality.screening.bursts import bursts
from analysis.quality.screening.clusters import device_clusters, marked_sheets
from analysis.quality.screening.comparison import unlike_drawn_sample
from analysis.quality.screening.duplicates import near_duplicates
from analysis.quality.screening.excess import unit_excess
from analysis.quality.screening.finding import Finding, ranked
from analysis.quality.screening.interviewers import alike_interviews

#: False discovery rate of every rule that tests.
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """A wave's answer sheets, one row each, and its arrivals, which name no sheet.

    ``codes`` (n, k) ratings 1 … 7, 0 missing; ``drawn`` True for the drawn sample; ``seconds``
    an answered item, NaN unknown; marks are False where they do not hold or are not known,
    ``timed`` and ``placed`` say for which sheets the hour and the network are known;
    ``device`` and ``interviewer`` "" where none.  ``arrivals`` (d, b) by ``arrival_unit`` and
    ``arrival_day``.
    """

    codes: NDArray[np.integer]
    unit: NDArray[np.str_]
    drawn: NDArray[np.bool_]
    seconds: NDArray[np.float64]
    device: NDArray[np.str_]
    interviewer: NDArray[np.str_]
    officer_present: NDArray[np.bool_]
    officer_answered: NDArray[np.bool_]
    helped: NDArray[np.bool_]
    out_of_hours: NDArray[np.bool_]
    timed: NDArray[np.bool_]
    office_network: NDArray[np.bool_]
    placed: NDArray[np.bool_]
    arrivals: NDArray[np.integer]
    arrival_unit: NDArray[np.str_]
    arrival_day: NDArray[np.str_]
    bin_minutes: int
    #: Seconds an item below which nobody has read it.
    floor: float

    def __post_init__(self) -> None:
        n = len(self.codes)
        if any(len(getattr(self, name)) != n for name in _PER_SHEET):
            raise EstimationError("screening.rows", "Every column has one entry for each sheet.")


_PER_SHEET = (
    "unit", "drawn", "seconds", "device", "interviewer", "officer_present", "officer_answered",
    "helped", "out_of_hours", "timed", "office_network", "placed",
)  # fmt: skip

Rule = Callable[[Sheets, int], list[Finding]]

#: Every rule by name.  A name ending in ``_unit`` tells of a unit's share of marked sheets.
RULES: dict[str, Rule] = {
    "near_duplicate": lambda s, seed: near_duplicates(s.codes, s.unit, seed=seed, level=LEVEL),
    "burst": lambda s, seed: bursts(
        s.arrivals,
        s.arrival_unit,
        s.arrival_day,
        bin_minutes=s.bin_minutes,
        seed=seed,
        level=LEVEL,
    ),
    "device_cluster": lambda s, _: device_clusters(s.device, s.unit, helped=s.helped),
    "unlike_sample": lambda s, seed: unlike_drawn_sample(
        s.codes, s.unit, s.drawn, seed=seed, level=LEVEL
    ),
    "alike_interviews": lambda s, seed: alike_interviews(
        s.codes, s.interviewer, s.unit, seed=seed, level=LEVEL
    ),
    "too_fast": lambda s, _: careless.too_fast(s.seconds, s.unit, floor=s.floor),
    "straight_line": lambda s, _: careless.straight_lines(s.codes, s.unit),
    "long_string": lambda s, seed: careless.too_uniform(s.codes, s.unit, seed=seed, level=LEVEL),
    "officer_present": lambda s, _: marked_sheets("officer_present", s.officer_present, s.unit),
    "officer_answered": lambda s, _: marked_sheets("officer_answered", s.officer_answered, s.unit),
    "office_network": lambda s, _: marked_sheets("office_network", s.office_network, s.unit),
    "out_of_hours": lambda s, _: marked_sheets("out_of_hours", s.out_of_hours, s.unit),
    "straight_line_unit": lambda s, _: unit_excess(
        "straight_line_unit", careless.is_straight(s.codes), s.unit, level=LEVEL
    ),
    "officer_present_unit": lambda s, _: unit_excess(
        "officer_present_unit", s.officer_present, s.unit, level=LEVEL
    ),
    "office_network_unit": lambda s, _: unit_excess(
        "office_network_unit", s.office_network, s.unit, known=s.placed, level=LEVEL
    ),
    "out_of_hours_unit": lambda s, _: unit_excess(
        "out_of_hours_unit", s.out_of_hours, s.unit, known=s.timed, level=LEVEL
    ),
}


def screen(sheets: Sheets, *, seed: int) -> list[Finding]:
    """Apply every rule; the evidence, strongest first.  Nothing is deleted or changed."""
    found = [
        each
        for number, rule in enumerate(RULES.values())
        for each in rule(sheets, seed + 1000 * number)
    ]
    return ranked(found)
