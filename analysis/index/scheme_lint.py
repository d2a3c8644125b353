"""All faults of a scheme's data at once, each with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from math import isfinite
from typing import Any

from analysis.index.rounding import MODES

SOURCES = ("verified", "survey", "bonus", "penalty")
#: Rules of survey leaves.  Steps (tiers) have no standard error and are not offered for them.
RULES = ("share", "options")
NO_SURVEY = ("rescale", "refuse")
#: What may stand in each table.  A setting under another name would silently not count.
KEYS = {
    "scheme": [
        "name",
        "title",
        "valid_from",
        "legal_source",
        "decimals",
        "rounding",
        "no_survey",
        "area",
        "band",
    ],
    "area": ["id", "title", "criterion", "alert_below"],
    "criterion": ["id", "title", "leaf"],
    "leaf": ["id", "title", "max", "source", "concept", "rule"],
    "band": ["id", "title", "min_index", "area_floor", "alert"],
}


def faults(data: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with a scheme; empty if nothing is.

    Parameters
    ----------
    data : mapping
        What TOML or JSON gave.

    Returns
    -------
    list of str
        One sentence a fault, beginning with its place (``area[3].criterion[1].leaf[2]``).
    """
    shape = list(_shape("", "scheme", data))
    if shape:
        return shape
    return [*_head(data), *_areas(data.get("area")), *_bands(data.get("band"))]


def _shape(place: str, kind: str, thing: Any) -> Iterator[str]:
    """Faults that keep the rest from being read: no table, no list of tables, unknown names."""
    if not isinstance(thing, Mapping):
        yield f"{place}: not a table"
        return
    dot = f"{place}." if place else ""
    for key in thing:
        if key not in KEYS[kind]:
            yield f"{dot}{key}: no such setting"
    if not isinstance(thing.get("id", ""), str):
        yield f"{dot}id: not a text"
    for inner in ("area", "criterion", "leaf", "band"):
        if inner not in KEYS[kind] or inner not in thing:
            continue
        if not isinstance(thing[inner], list):
            yield f"{dot}{inner}: not a list of tables"
            continue
        for i, one in enumerate(thing[inner], start=1):
            yield from _shape(f"{dot}{inner}[{i}]", inner, one)


def _head(data: Mapping[str, Any]) -> Iterator[str]:
    if not data.get("name"):
        yield "name: missing"
    yield from _title("title", data)
    since = data.get("valid_from")
    if not isinstance(since, date) and not _is_iso_date(since):
        yield "valid_from: not a date"
    if data.get("rounding", "half_up") not in tuple(MODES):
        yield f"rounding: not one of {', '.join(MODES)}"
    if data.get("no_survey", "refuse") not in NO_SURVEY:
        yield f"no_survey: not one of {', '.join(NO_SURVEY)}"
    decimals = data.get("decimals", 3)
    if not isinstance(decimals, int) or not 0 <= decimals <= 6:
        yield "decimals: not a whole number from 0 to 6"


def _areas(areas: Any) -> Iterator[str]:
    if not isinstance(areas, list) or not areas:
        yield "area: a scheme needs at least one area"
        return
    ids: list[str] = []
    rules: dict[str, Any] = {}
    for i, area in enumerate(areas, start=1):
        place = f"area[{i}]"
        yield from _named(place, area, ids)
        below = area.get("alert_below")
        if below is not None and not (_is_number(below) and 0 < below <= 1):
            yield f"{place}.alert_below: not a share in (0, 1]"
        for j, criterion in enumerate(area.get("criterion") or (), start=1):
            inner = f"{place}.criterion[{j}]"
            yield from _named(inner, criterion, ids)
            if not criterion.get("leaf"):
                yield f"{inner}: no sub-criterion (leaf)"
            for k, leaf in enumerate(criterion.get("leaf") or (), start=1):
                yield from _leaf(f"{inner}.leaf[{k}]", leaf, ids)
                yield from _one_rule(f"{inner}.leaf[{k}]", leaf, rules)
        if not area.get("criterion"):
            yield f"{place}: no criterion"
    for name, count in Counter(ids).items():
        if count > 1:
            yield f"id {name!r}: used {count} times"


def _leaf(place: str, leaf: Mapping[str, Any], ids: list[str]) -> Iterator[str]:
    yield from _named(place, leaf, ids)
    if not (_is_number(leaf.get("max")) and leaf["max"] > 0):
        yield f"{place}.max: not a positive number"
    source = leaf.get("source")
    if source not in SOURCES:
        yield f"{place}.source: not one of {', '.join(SOURCES)}"
    if source == "survey":
        if not leaf.get("concept"):
            yield f"{place}.concept: a survey leaf names the concept it scores"
        yield from _rule(f"{place}.rule", leaf.get("rule") or {})


def _one_rule(place: str, leaf: Mapping[str, Any], rules: dict[str, Any]) -> Iterator[str]:
    """A concept has one score; leaves that share it cannot score it in two ways."""
    if leaf.get("source") != "survey" or not isinstance(leaf.get("concept"), str):
        return
    if rules.setdefault(leaf["concept"], leaf.get("rule")) != leaf.get("rule"):
        yield f"{place}.rule: concept {leaf['concept']!r} has another rule elsewhere"


def _rule(place: str, rule: Any) -> Iterator[str]:
    if not isinstance(rule, Mapping):
        yield f"{place}: not a table"
        return
    kind = rule.get("kind")
    if kind not in RULES:
        yield f"{place}.kind: not one of {', '.join(RULES)}"
    elif kind == "options":
        weights = rule.get("weights") or {}
        numbers = all(_is_number(w) and 0 <= w <= 1 for w in weights.values())
        if set(weights) != set("12345") or not numbers:
            yield f"{place}.weights: a weight from 0 to 1 for each of the options 1 to 5"


def _bands(bands: Any) -> Iterator[str]:
    if not isinstance(bands, list) or not bands:
        yield "band: a scheme needs at least one band"
        return
    ids: list[str] = []
    for i, band in enumerate(bands, start=1):
        place = f"band[{i}]"
        yield from _named(place, band, ids)
        for key, default in (("min_index", None), ("area_floor", 0)):
            value = band.get(key, default)
            if not (_is_number(value) and 0 <= value <= 100):
                yield f"{place}.{key}: not a percentage"
    for name, count in Counter(ids).items():
        if count > 1:
            yield f"band id {name!r}: used {count} times"
    cuts = [band.get("min_index") for band in bands]
    if not all(map(_is_number, cuts)):
        return
    if len(set(cuts)) != len(cuts):
        yield "band: two bands begin at the same index"
    lowest = min(bands, key=lambda b: b["min_index"])
    if lowest.get("min_index") != 0 or lowest.get("area_floor", 0) != 0:
        yield "band: the lowest band must take every unit (min_index 0, no area_floor)"


def _named(place: str, thing: Mapping[str, Any], ids: list[str]) -> Iterator[str]:
    if not thing.get("id"):
        yield f"{place}.id: missing"
    else:
        ids.append(thing["id"])
    yield from _title(f"{place}.title", thing)


def _title(place: str, thing: Mapping[str, Any]) -> Iterator[str]:
    title = thing.get("title")
    if not isinstance(title, Mapping) or not title.get("vi") or not title.get("en"):
        yield f"{place}: needs vi and en"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_iso_date(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True
