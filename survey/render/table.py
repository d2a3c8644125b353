"""The published result of one wave, as data: one row a unit, and what it was computed from.

The page, the plot, the CSV file and the workbook all read this one record.  Shares are in [0, 1],
points in points of the scheme, ``index_percent`` in percent of the applicable maximum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from survey.render.comparison import Comparison

#: A text in each language: {"vi": …, "en": …}.
Text = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A survey sub-criterion of the scheme: one block of questions and its maximum."""

    id: str
    title: Text
    max_points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptScore:
    """What one unit got for one concept."""

    id: str
    satisfaction: float | None
    points: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """An area of the scheme."""

    id: str
    title: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaScore:
    """What one unit got in one area, of the points that apply to it there."""

    id: str
    points: float
    max_points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rule of the directive that a unit met, in words with its figures."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One unit, or the whole wave.  None: there is no such figure for this row.

    A suppressed row names its reason ("small_n", "no_answers", "secondary") and holds no
    figure estimated from its answers, nor areas, which hold such; the constructor refuses it.
    """

    unit_code: str
    #: The code alone is no key: codes were given again to other territories.
    valid_from: date | None
    name: str
    n_population: int
    n_issued: int
    n_respondents: int
    response_rate: float | None
    n_effective: float | None
    satisfaction: float | None
    satisfaction_se: float | None
    satisfaction_low: float | None
    satisfaction_high: float | None
    unweighted: float | None
    concepts: tuple[ConceptScore, ...] = ()
    verified_points: float | None = None
    survey_points: float | None = None
    total: float | None = None
    total_se: float | None = None
    total_low: float | None = None
    total_high: float | None = None
    #: Applicable maximum: sub-criteria that do not apply to the unit have left it.
    denominator: float | None = None
    index_percent: float | None = None
    band: Text | None = None
    #: Areas decide on alerts and on the floors of bands.
    areas: tuple[AreaScore, ...] = ()
    alerts: tuple[Alert, ...] = ()
    suppressed: str = ""

    def __post_init__(self) -> None:
        for name in _FIGURES:
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{self.unit_code}: {name} is {value}; a missing figure is None")
        for name in _SHARES:
            value = getattr(self, name)
            if value is not None and not -_NOISE <= value <= 1 + _NOISE:
                raise ValueError(f"{self.unit_code}: {name} is {value}, not a share in [0, 1]")
        self._check_interval("satisfaction")
        self._check_interval("total")
        if self.suppressed and self._estimated():
            raise ValueError(f"{self.unit_code}: suppressed, but {self._estimated()} given")

    def _check_interval(self, name: str) -> None:
        value, low, high = (getattr(self, name + end) for end in ("", "_low", "_high"))
        if None not in (value, low, high) and not low - _NOISE <= value <= high + _NOISE:
            raise ValueError(f"{self.unit_code}: {name} {value} is outside [{low}, {high}]")

    def _estimated(self) -> list[str]:
        found = [name for name in _FROM_ANSWERS if getattr(self, name) is not None]
        scores = [s.id for s in self.concepts if (s.satisfaction, s.points) != (None, None)]
        return found + scores + [area.id for area in self.areas]


#: What sums of weights may be off by in binary; any other excess is a mistake.
_NOISE = 1e-9
_SHARES = (
    "response_rate",
    "satisfaction",
    "satisfaction_low",
    "satisfaction_high",
    "unweighted",
)
_TOTALS = ("survey_points", "total", "total_se", "total_low", "total_high", "index_percent")
#: What suppression hides.  The band is a judgement on the total and goes with it.
_FROM_ANSWERS = (*_SHARES[1:], "satisfaction_se", "n_effective", *_TOTALS, "band")
_FIGURES = tuple(
    n for n in (*_SHARES, *_FROM_ANSWERS, "verified_points", "denominator") if n != "band"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """All rows of one run and everything a reader needs to judge or repeat it."""

    wave_slug: str
    wave_title: Text
    organisation: str
    #: True: made from generated data; every page and file then says so.
    synthetic: bool
    rows: tuple[ResultRow, ...]
    #: The whole wave as one row (unit_code ""); its totals stay None.
    whole: ResultRow
    concepts: tuple[Concept, ...]
    areas: tuple[Area, ...] = ()
    #: Confidence level of all intervals.
    level: float
    #: Units with fewer respondents are suppressed.
    min_respondents: int
    run_id: str
    scheme_title: Text
    scheme_sha256: str
    sample_seed: str
    computed_on: date
    #: Answers left out by a reviewer's decision.
    n_excluded: int = 0
    fieldwork_from: date | None = None
    fieldwork_to: date | None = None
    #: How the figures were made, one sentence or paragraph each.
    method: tuple[Text, ...] = ()
    #: What a reader must know besides: remedies applied, collapsed cells, limits.
    notes: tuple[Text, ...] = ()
    #: Where the rules come from: documents with number, date and address.
    sources: tuple[Text, ...] = ()
    #: The wave before, on this wave's units; None where there is none.
    before: Comparison | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; ``from_dict`` gives an equal table."""
        return _plain(asdict(self))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ResultTable:
        values = dict(data)
        values["rows"] = tuple(_row(row) for row in data["rows"])
        values["whole"] = _row(data["whole"])
        values["concepts"] = tuple(Concept(**c) for c in data["concepts"])
        values["areas"] = tuple(Area(**a) for a in data.get("areas", ()))
        for name in ("computed_on", "fieldwork_from", "fieldwork_to"):
            values[name] = _day(data[name])
        before = data.get("before")
        values["before"] = Comparison.from_dict(before) if before else None
        for name in ("method", "notes", "sources"):
            values[name] = tuple(data[name])
        return cls(**_known(cls, values))


def _row(data: Mapping[str, Any]) -> ResultRow:
    values = dict(data)
    values["valid_from"] = _day(data["valid_from"])
    values["concepts"] = tuple(ConceptScore(**score) for score in data["concepts"])
    values["areas"] = tuple(AreaScore(**score) for score in data.get("areas", ()))
    values["alerts"] = tuple(Alert(**alert) for alert in data["alerts"])
    return ResultRow(**_known(ResultRow, values))


def _known(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Tables stay readable in the database after a field has been dropped from the code."""
    names = {f.name for f in fields(kind)}
    return {name: value for name, value in values.items() if name in names}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
