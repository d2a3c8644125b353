"""Bands with component floors, and the alerts of the directive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.index.scheme import Area, Band, Scheme

#: Sums of points carry noise in the last digits; 89.99999999999999 has reached 90.
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Alert:
    """``rule`` is "area" (an area below its share) or "band" (a band that must answer)."""

    rule: str
    id: str
    ratio: float | None = None
    limit: float | None = None


def band_of(scheme: Scheme, index_percent: float, area_ratios: Mapping[str, float]) -> Band:
    """The highest band whose limit the index reaches and whose floor every area reaches (F7).

    Parameters
    ----------
    scheme : Scheme
    index_percent : float
        Points over the applicable maximum, in percent.
    area_ratios : mapping
        Area id -> points over its applicable maximum, in [0, 1]; areas that do not apply are left
        out.

    Notes
    -----
    Source: band rule with component floors of Hải Dương province (2024).
    """
    index = round(index_percent, _DIGITS)
    weakest = round(100 * min(area_ratios.values(), default=1.0), _DIGITS)
    return next(b for b in scheme.bands if index >= b.min_index and weakest >= b.area_floor)


def alerts(scheme: Scheme, band: Band, area_ratios: Mapping[str, float]) -> tuple[Alert, ...]:
    """What a unit must answer for: areas under their limit, then a band that is marked.

    Source: the district's directive of 2023 (areas of procedure reform and digital government
    below 75 %; band "Hoàn thành nhiệm vụ").
    """
    weak = (
        Alert("area", area.id, area_ratios[area.id], area.alert_below)
        for area in scheme.areas
        if _is_weak(area, area_ratios)
    )
    return (*weak, *((Alert("band", band.id),) if band.alert else ()))


def _is_weak(area: Area, ratios: Mapping[str, float]) -> bool:
    if area.alert_below is None or area.id not in ratios:
        return False
    return round(ratios[area.id], _DIGITS) < area.alert_below
