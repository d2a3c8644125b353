"""All faults of a scheme's data at once, each with its place."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from analysis.index.rounding import MODES, exact
from analysis.index.rule_lint import rule_faults, rule_inputs
from analysis.index.scheme_fault import Fault, is_number, written

SOURCES = ("verified", "survey", "statistic", "bonus", "penalty")
GROUPS = ("citizen", "enterprise", "deputy", "front", "leader", "official")
NO_SURVEY = ("rescale", "refuse")
NOT_APPLICABLE = ("leave", "full", "refuse")
BAND_ON = ("exact", "published")
#: What may stand in each table.  A setting under another name would silently not count.
KEYS = {
    "scheme": (
        *("name", "title", "valid_from", "legal_source", "sample", "decimals", "rounding"),
        *("no_survey", "bonus_max", "penalty_max", "band_on", "alert_below", "max"),
        *("area", "band"),
    ),
    "area": ("id", "title", "criterion", "alert_below", "max"),
    "criterion": ("id", "title", "leaf", "alert_below", "max"),
    "leaf": (
        *("id", "title", "max", "source", "group", "concept", "rule", "not_applicable", "was"),
    ),
    "band": ("id", "title", "min_index", "area_floor", "criterion_floor", "alert"),
}
INNER = ("area", "criterion", "leaf", "band")

inputs = rule_inputs


def faults(data: Mapping[str, Any]) -> list[Fault]:
    """Say what is wrong with a scheme; empty if nothing is.

    Parameters
    ----------
    data : mapping
        What TOML, JSON or a workbook gave.

    Returns
    -------
    list of Fault
        Each with the place (``area[3].criterion[1].leaf[2].max``), a stable code, and facts.
    """
    shape = list(_shape("", "scheme", data))
    if shape:
        return shape
    return [*_head(data), *_areas(data.get("area")), *_sums("", data), *_bands(data.get("band"))]


def _shape(place: str, kind: str, thing: Any) -> Iterator[Fault]:
    """Faults that keep the rest from being read: no table, no list of tables, unknown names."""
    if not isinstance(thing, Mapping):
        yield Fault(place, "not_table", "not a table")
        return
    dot = f"{place}." if place else ""
    for key in thing:
        if key not in KEYS[kind]:
            yield Fault(f"{dot}{key}", "unknown_setting", "no such setting", {"name": str(key)})
    if not isinstance(thing.get("id", ""), str):
        yield Fault(f"{dot}id", "not_text", "not a text")
    for inner in INNER:
        if inner not in KEYS[kind] or inner not in thing:
            continue
        if not isinstance(thing[inner], list):
            yield Fault(f"{dot}{inner}", "not_list", "not a list of tables")
            continue
        for i, one in enumerate(thing[inner], start=1):
            yield from _shape(f"{dot}{inner}[{i}]", inner, one)


def _head(data: Mapping[str, Any]) -> Iterator[Fault]:
    if not data.get("name") or not isinstance(data["name"], str):
        yield Fault("name", "missing", "missing")
    yield from _title("title", data)
    for key in ("name", "legal_source"):
        yield from _clean(key, data.get(key))
    if not isinstance(data.get("legal_source", ""), str):
        yield Fault("legal_source", "not_text", "not a text")
    since = data.get("valid_from")
    if not isinstance(since, date) and not _is_iso_date(since):
        yield Fault("valid_from", "not_date", "not a date")
    for key, allowed, default in (
        ("rounding", MODES, "half_up"),
        ("no_survey", NO_SURVEY, "refuse"),
        ("band_on", BAND_ON, "exact"),
    ):
        yield from _choice(key, data.get(key, default), allowed)
    decimals = data.get("decimals", 3)
    if not isinstance(decimals, int) or isinstance(decimals, bool) or not 0 <= decimals <= 6:
        yield Fault("decimals", "bad_decimals", "not a whole number from 0 to 6")
    yield from _truth("sample", data)
    for key in ("bonus_max", "penalty_max"):
        if key in data and not (is_number(data[key]) and data[key] > 0):
            yield Fault(key, "not_positive", "not a positive number")
    below = data.get("alert_below")
    if below is not None and not (is_number(below) and 0 < below <= 100):
        yield Fault("alert_below", "not_percentage", "not a percentage")


def _areas(areas: Any) -> Iterator[Fault]:
    if not isinstance(areas, list) or not areas:
        yield Fault("area", "no_area", "a scheme needs at least one area")
        return
    ids: list[tuple[str, str]] = []
    rules: dict[str, Any] = {}
    for i, area in enumerate(areas, start=1):
        place = f"area[{i}]"
        yield from _part(place, area, ids)
        for j, criterion in enumerate(area.get("criterion") or (), start=1):
            inner = f"{place}.criterion[{j}]"
            yield from _part(inner, criterion, ids)
            if not criterion.get("leaf"):
                yield Fault(inner, "no_leaf", "no sub-criterion (leaf)")
            for k, leaf in enumerate(criterion.get("leaf") or (), start=1):
                yield from _leaf(f"{inner}.leaf[{k}]", leaf, ids)
                yield from _one_rule(f"{inner}.leaf[{k}]", leaf, rules)
        if not area.get("criterion"):
            yield Fault(place, "no_criterion", "no criterion")
    yield from _twice("id", ids)
    yield from _inputs_once(areas)


def _part(place: str, thing: Mapping[str, Any], ids: list[tuple[str, str]]) -> Iterator[Fault]:
    """An area or a criterion."""
    yield from _named(place, thing, ids)
    below = thing.get("alert_below")
    if below is not None and not (is_number(below) and 0 < below <= 1):
        yield Fault(f"{place}.alert_below", "not_share", "not a share in (0, 1]")
    yield from _sums(place, thing)


def _leaf(place: str, leaf: Mapping[str, Any], ids: list[tuple[str, str]]) -> Iterator[Fault]:
    yield from _named(place, leaf, ids)
    if not (is_number(leaf.get("max")) and leaf["max"] > 0):
        yield Fault(f"{place}.max", "not_positive", "not a positive number")
    source = leaf.get("source")
    yield from _choice(f"{place}.source", source, SOURCES)
    yield from _choice(f"{place}.group", leaf.get("group", "citizen"), GROUPS)
    yield from _choice(
        f"{place}.not_applicable", leaf.get("not_applicable", "leave"), NOT_APPLICABLE
    )
    for key in ("concept", "was"):
        if not isinstance(leaf.get(key, ""), str):
            yield Fault(f"{place}.{key}", "not_text", "not a text")
        yield from _clean(f"{place}.{key}", leaf.get(key))
    if source == "survey" and not leaf.get("concept"):
        text = "a survey leaf names the concept it scores"
        yield Fault(f"{place}.concept", "no_concept", text)
    if source in SOURCES:
        yield from rule_faults(f"{place}.rule", source, leaf.get("rule") or {}, leaf)


def _one_rule(place: str, leaf: Mapping[str, Any], rules: dict[str, Any]) -> Iterator[Fault]:
    """A concept has one score; leaves that share it cannot score its answers in two ways."""
    rule = leaf.get("rule")
    if leaf.get("source") != "survey" or not isinstance(leaf.get("concept"), str):
        return
    if not isinstance(rule, Mapping):
        return
    answers = rule.get("weights") or rule.get("scores")
    if rules.setdefault(leaf["concept"], answers) != answers:
        text = f"concept {leaf['concept']!r} has another rule elsewhere"
        yield Fault(f"{place}.rule", "two_rules", text, {"concept": leaf["concept"]})


def _sums(place: str, thing: Mapping[str, Any]) -> Iterator[Fault]:
    """A maximum that is written above its parts must be their sum."""
    if "max" not in thing:
        return
    dot = f"{place}." if place else ""
    if not (is_number(thing["max"]) and thing["max"] >= 0):
        yield Fault(f"{dot}max", "not_positive", "not a positive number")
        return
    leaves = [leaf for leaf in _leaves(thing) if leaf.get("source") not in ("bonus", "penalty")]
    if not all(is_number(leaf.get("max")) for leaf in leaves):
        return
    found = sum(exact(leaf["max"]) for leaf in leaves)
    if float(found) != float(thing["max"]):
        facts = {"written": written(thing["max"]), "sum": written(float(found))}
        text = f"{facts['written']} is written, the parts sum to {facts['sum']}"
        yield Fault(f"{dot}max", "sum_differs", text, facts)


def _leaves(thing: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for area in thing.get("area", (thing,)) or ():
        for criterion in area.get("criterion", (area,)) or ():
            yield from criterion.get("leaf") or ()


def _inputs_once(areas: list[Mapping[str, Any]]) -> Iterator[Fault]:
    """Two leaves that read one name would take one entry for two."""
    used: dict[str, str] = {}
    for leaf in _leaves({"area": areas}):
        if not isinstance(leaf.get("id"), str) or not isinstance(leaf.get("rule") or {}, Mapping):
            continue
        for name in rule_inputs(leaf["id"], leaf.get("source"), leaf.get("rule") or {}, 0.0):
            other = used.setdefault(name, leaf["id"])
            # A statistic may be read by several formulas; points are entered for one leaf.
            if other != leaf["id"] and leaf.get("source") != "statistic":
                text = f"{name!r} is entered for {other!r} already"
                yield Fault(f"id {name!r}", "input_twice", text, {"name": name, "other": other})


def _bands(bands: Any) -> Iterator[Fault]:
    if not isinstance(bands, list) or not bands:
        yield Fault("band", "no_band", "a scheme needs at least one band")
        return
    ids: list[tuple[str, str]] = []
    for i, band in enumerate(bands, start=1):
        place = f"band[{i}]"
        yield from _named(place, band, ids)
        for key, default in (("min_index", None), ("area_floor", 0), ("criterion_floor", 0)):
            value = band.get(key, default)
            if not (is_number(value) and 0 <= value <= 100):
                yield Fault(f"{place}.{key}", "not_percentage", "not a percentage")
        yield from _truth(f"{place}.alert", band, "alert")
    yield from _twice("band id", ids)
    cuts = [band.get("min_index") for band in bands]
    if not all(map(is_number, cuts)):
        return
    for i, cut in enumerate(cuts, start=1):
        if cut in cuts[: i - 1]:
            text = "two bands begin at the same index"
            yield Fault(f"band[{i}].min_index", "same_cut", text, {"index": written(cut)})
    place, lowest = min(enumerate(bands, start=1), key=lambda pair: pair[1]["min_index"])
    floors = [lowest.get(key, 0) for key in ("min_index", "area_floor", "criterion_floor")]
    if any(floors):
        text = "the lowest band must take every unit (min_index 0, no floor)"
        yield Fault(f"band[{place}]", "lowest_band", text)


def _named(place: str, thing: Mapping[str, Any], ids: list[tuple[str, str]]) -> Iterator[Fault]:
    if not thing.get("id"):
        yield Fault(f"{place}.id", "missing", "missing")
    else:
        ids.append((thing["id"], f"{place}.id"))
        yield from _clean(f"{place}.id", thing["id"])
    yield from _title(f"{place}.title", thing)


def _twice(word: str, ids: list[tuple[str, str]]) -> Iterator[Fault]:
    counts = Counter(name for name, _place in ids)
    seen: set[str] = set()
    for name, place in ids:
        if counts[name] > 1 and name in seen:
            text = f"{word} {name!r}: used {counts[name]} times"
            yield Fault(place, "id_twice", text, {"name": name, "n": counts[name]})
        seen.add(name)


def _title(place: str, thing: Mapping[str, Any]) -> Iterator[Fault]:
    title = thing.get("title")
    texts = [title.get(k) for k in ("vi", "en")] if isinstance(title, Mapping) else [None]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        yield Fault(place, "no_title", "needs vi and en")
        return
    for key in sorted(set(map(str, title)) - {"vi", "en"}):
        yield Fault(f"{place}.{key}", "unknown_setting", "no such setting", {"name": key})
    for key, text in zip(("vi", "en"), texts, strict=True):
        yield from _clean(f"{place}.{key}", text)


def _clean(place: str, text: Any) -> Iterator[Fault]:
    """One way to write each letter, and nothing that cannot be seen."""
    if not isinstance(text, str):
        return
    if not (unicodedata.is_normalized("NFC", text) and text.isprintable() and text == text.strip()):
        message = "control characters, decomposed letters, or blanks at an end"
        yield Fault(place, "bad_text", message)


def _choice(place: str, value: Any, allowed: tuple[str, ...]) -> Iterator[Fault]:
    if value not in tuple(allowed):
        names = ", ".join(allowed)
        yield Fault(place, "not_one_of", f"not one of {names}", {"allowed": names})


def _truth(place: str, thing: Mapping[str, Any], key: str = "sample") -> Iterator[Fault]:
    if not isinstance(thing.get(key, False), bool):
        yield Fault(place, "not_yes_no", "not true or false")


def _is_iso_date(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True
