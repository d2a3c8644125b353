"""A scheme as plain data in one canonical form: what a digest is taken of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from analysis.index.rounding import exact

if TYPE_CHECKING:
    from analysis.index.scheme import Area, Band, Criterion, Leaf, Scheme


def plain(scheme: Scheme) -> dict[str, Any]:
    """The data of a scheme; newer settings that have their usual value are left out.

    Whole numbers stand without a decimal point (maxima have one), so that a number typed as 90 and
    one typed as 90.0 give one digest.
    """
    data = {
        "name": scheme.name,
        "title": dict(scheme.title),
        "valid_from": scheme.valid_from.isoformat(),
        "legal_source": scheme.legal_source,
        "decimals": scheme.decimals,
        "rounding": scheme.rounding,
        "no_survey": scheme.no_survey,
        "area": [_area(area) for area in scheme.areas],
        "band": [_band(band) for band in scheme.bands],
    }
    return data | _given(
        sample=scheme.sample or None,
        bonus_max=scheme.bonus_max,
        penalty_max=scheme.penalty_max,
        band_on=None if scheme.band_on == "exact" else scheme.band_on,
        alert_below=scheme.alert_below,
    )


def total(numbers: Iterable[float]) -> float:
    """Sum of numbers that were written as decimals, without binary noise."""
    return float(sum(map(exact, numbers)))


def _area(area: Area) -> dict[str, Any]:
    criteria = [_criterion(each) for each in area.criteria]
    data = {"id": area.id, "title": dict(area.title), "criterion": criteria}
    return data | _given(alert_below=area.alert_below)


def _criterion(criterion: Criterion) -> dict[str, Any]:
    leaves = [_leaf(leaf) for leaf in criterion.leaves]
    data = {"id": criterion.id, "title": dict(criterion.title), "leaf": leaves}
    return data | _given(alert_below=criterion.alert_below)


def _leaf(leaf: Leaf) -> dict[str, Any]:
    data = {
        "max": leaf.max_points,
        "id": leaf.id,
        "title": dict(leaf.title),
        "source": leaf.source,
        "concept": leaf.concept,
        "rule": canonical_rule(leaf.rule),
    }
    return data | _given(
        group=None if leaf.group == "citizen" else leaf.group,
        not_applicable=None if leaf.not_applicable == "leave" else leaf.not_applicable,
        was=leaf.was or None,
    )


def canonical_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule without empty settings, its tiers from the highest; "points" goes without saying."""
    found = {name: _simple(value) for name, value in rule.items() if value not in ({}, [], "")}
    if "tiers" in found:
        found["tiers"] = sorted(found["tiers"], key=lambda tier: -tier["from"])
    return {} if found == {"kind": "points"} else found


def _simple(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _simple(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_simple(each) for each in value]
    return _number(value)


def _band(band: Band) -> dict[str, Any]:
    data = {
        "id": band.id,
        "title": dict(band.title),
        "min_index": _number(band.min_index),
        "area_floor": _number(band.area_floor),
        "alert": band.alert,
    }
    return data | _given(criterion_floor=band.criterion_floor or None)


def _given(**values: Any) -> dict[str, Any]:
    return {name: _number(value) for name, value in values.items() if value is not None}


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
