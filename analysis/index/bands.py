"""Bands with component floors, and the alerts of the directive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.index.rounding import rounded
from analysis.index.scheme import Area, Band, Criterion, Scheme

#: Sums of points carry noise in the last digits; 89.99999999999999 has reached 90.
_DIGITS = 9
_NO_CRITERIA: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class Alert:
    """``rule``: "area", "criterion" (below its share), "index" (in percent) or "band".

    A band is one that must answer.
    """

    rule: str
    id: str
    ratio: float | None = None
    limit: float | None = None


def band_of(
    scheme: Scheme,
    index_percent: float,
    area_ratios: Mapping[str, float],
    criterion_ratios: Mapping[str, float] = _NO_CRITERIA,
) -> Band:
    """The highest band whose limit the index reaches and whose floors every component reaches (F7).

    Parameters
    ----------
    scheme : Scheme
    index_percent : float
        Points over the applicable maximum, in percent, before rounding; a scheme whose bands look
        at the published index rounds it here.
    area_ratios, criterion_ratios : mapping
        Area or criterion id -> points over its applicable maximum, in [0, 1]; those that do not
        apply are left out.

    Notes
    -----
    Source: band rule with component floors of Hải Dương province (2024).
    """
    index = round(index_percent, _DIGITS)
    if scheme.band_on == "published":
        index = rounded(float(index_percent), scheme.decimals, scheme.rounding)
    weakest_area, weakest_criterion = map(_weakest, (area_ratios, criterion_ratios))
    return next(
        band
        for band in scheme.bands
        if index >= band.min_index
        and weakest_area >= band.area_floor
        and weakest_criterion >= band.criterion_floor
    )


def alerts(
    scheme: Scheme,
    band: Band,
    area_ratios: Mapping[str, float],
    criterion_ratios: Mapping[str, float] = _NO_CRITERIA,
    index_percent: float | None = None,
) -> tuple[Alert, ...]:
    """What a unit must answer for: parts under their limit, the index, a band that is marked.

    Source: the district's directive of 2023 (areas of procedure reform and digital government
    below 75 %; band "Hoàn thành nhiệm vụ").
    """
    found = []
    for area in scheme.areas:
        found += _weak("area", area, area_ratios)
        for criterion in area.criteria:
            found += _weak("criterion", criterion, criterion_ratios)
    if index_percent is not None and scheme.alert_below is not None:
        index = round(float(index_percent), _DIGITS)
        if index < scheme.alert_below:
            found.append(Alert("index", "", index / 100, scheme.alert_below / 100))
    return (*found, *((Alert("band", band.id),) if band.alert else ()))


def _weakest(ratios: Mapping[str, float]) -> float:
    return round(100 * min(ratios.values(), default=1.0), _DIGITS)


def _weak(rule: str, part: Area | Criterion, ratios: Mapping[str, float]) -> list[Alert]:
    if part.alert_below is None or part.id not in ratios:
        return []
    ratio = ratios[part.id]
    low = round(ratio, _DIGITS) < part.alert_below
    return [Alert(rule, part.id, ratio, part.alert_below)] if low else []
