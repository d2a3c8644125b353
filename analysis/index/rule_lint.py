"""Scoring rules as data: what each kind must say, and which numbers it asks of a unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from analysis.errors import SchemeError
from analysis.index import formula
from analysis.index.scheme_fault import Fault, is_number

#: Kinds of rules by the source of the value.
KINDS = {
    "survey": ("share", "options", "tiers", "tt01", "formula"),
    "statistic": ("share", "options", "tiers", "tt01", "formula"),
    "verified": ("points",),
    "bonus": ("points",),
    "penalty": ("points",),
}
#: What each kind may say besides its kind.
SETTINGS = {
    "points": (),
    "share": ("input", "of"),
    "options": ("weights", "input"),
    "tiers": ("tiers", "input"),
    "tt01": ("scores", "input"),
    "formula": ("formula",),
}
#: Options of a form and their weights where a scheme names none.
OPTION_WEIGHTS = {"A": 1.0, "B": 0.6, "C": 0.2, "D": 0.0}
#: Names that a formula may use without anybody entering them.
GIVEN = ("max_points",)
TT01_INDICES = range(1, 10)
_OPTION = re.compile(r"(?!input$|of$)\w{1,20}")


def rule_inputs(
    leaf: str, source: Any, rule: Mapping[str, Any], maximum: float
) -> dict[str, float | None]:
    """Name -> upper limit (None: the leaf's maximum) of what is entered for each unit."""
    if source == "survey" or source not in KINDS:
        return {}
    kind = rule.get("kind", "points")
    name = rule.get("input") or leaf
    if kind == "share":
        return {name: float(rule.get("of", 100))}
    if kind == "tiers":
        return {name: inf}
    if kind == "options":
        weights = rule.get("weights") or OPTION_WEIGHTS
        return {f"{name}.{option}": inf for option in weights}
    if kind == "tt01":
        return {f"{name}.{index}": 2.0 for index in TT01_INDICES}
    if kind == "formula":
        try:
            used = formula.names(rule.get("formula") or "")
        except SchemeError:
            return {}
        return dict.fromkeys(sorted(used - set(GIVEN)), inf)
    return {name: None}


def rule_faults(place: str, source: str, rule: Any, leaf: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of a leaf's rule."""
    if not isinstance(rule, Mapping):
        yield Fault(place, "not_table", "not a table")
        return
    kind = rule.get("kind", None if source in ("survey", "statistic") else "points")
    allowed = KINDS[source]
    if kind not in allowed:
        names = ", ".join(allowed)
        yield Fault(f"{place}.kind", "not_one_of", f"not one of {names}", {"allowed": names})
        return
    for key in rule:
        if key != "kind" and key not in SETTINGS[kind]:
            yield Fault(f"{place}.{key}", "unknown_setting", "no such setting", {"name": str(key)})
    if not isinstance(rule.get("input", ""), str):
        yield Fault(f"{place}.input", "not_text", "not a text")
    elif rule.get("input", "x") != rule.get("input", "x").strip():
        yield Fault(f"{place}.input", "bad_text", "blanks at an end")
    yield from _CHECKS[kind](place, source, rule, leaf)


def _no_check(place: str, source: str, rule: Mapping, leaf: Mapping) -> Iterator[Fault]:
    return iter(())


def _share(place: str, source: str, rule: Mapping, leaf: Mapping) -> Iterator[Fault]:
    if not (is_number(rule.get("of", 100)) and rule.get("of", 100) > 0):
        yield Fault(f"{place}.of", "not_positive", "not a positive number")


def _options(place: str, source: str, rule: Mapping, leaf: Mapping) -> Iterator[Fault]:
    weights = rule.get("weights") or ({} if source == "survey" else OPTION_WEIGHTS)
    good = isinstance(weights, Mapping) and all(
        is_number(w) and 0 <= w <= 1 for w in weights.values()
    )
    if source == "survey" and not (good and set(weights) in (set("12345"), set("1234"))):
        text = "a weight from 0 to 1 for each of the options 1 to 5"
        yield Fault(f"{place}.weights", "bad_weights", text)
    elif not (good and len(weights) >= 2 and all(map(_OPTION.fullmatch, map(str, weights)))):
        text = "a weight from 0 to 1 for each of two or more options"
        yield Fault(f"{place}.weights", "bad_weights", text)


def _tiers(place: str, source: str, rule: Mapping, leaf: Mapping) -> Iterator[Fault]:
    tiers = rule.get("tiers")
    if not isinstance(tiers, list) or not tiers:
        yield Fault(f"{place}.tiers", "no_tiers", "needs at least one tier")
        return
    seen: set[float] = set()
    for i, tier in enumerate(tiers, start=1):
        here = f"{place}.tiers[{i}]"
        if not (isinstance(tier, Mapping) and set(tier) == {"from", "points"}):
            yield Fault(here, "bad_tier", "needs from and points, and nothing else")
            continue
        if not (is_number(tier["from"]) and is_number(tier["points"])):
            yield Fault(here, "bad_tier", "from and points are numbers")
            continue
        if tier["from"] in seen:
            yield Fault(f"{here}.from", "tier_twice", "two tiers begin at the same value")
        seen.add(tier["from"])
        if is_number(leaf.get("max")) and not 0 <= tier["points"] <= leaf["max"]:
            yield Fault(f"{here}.points", "tier_points", "not between 0 and the maximum")
        if source == "survey" and not 0 <= tier["from"] <= 100:
            yield Fault(f"{here}.from", "not_percentage", "not a percentage")
    yield from _rising(place, [t for t in tiers if isinstance(t, Mapping)])


def _rising(place: str, tiers: list[Mapping]) -> Iterator[Fault]:
    """A higher value may not bring fewer points."""
    known = [t for t in tiers if is_number(t.get("from")) and is_number(t.get("points"))]
    known.sort(key=lambda tier: tier["from"])
    for lower, higher in zip(known, known[1:], strict=False):
        if higher["points"] < lower["points"]:
            yield Fault(f"{place}.tiers", "tiers_fall", "a higher tier gives fewer points")
            return


def _tt01(place: str, source: str, rule: Mapping, leaf: Mapping) -> Iterator[Fault]:
    if source != "survey":
        return
    scores = rule.get("scores")
    if not (
        isinstance(scores, Mapping)
        and set(scores) == set("12345")
        and all(value in (0, 1, 2) for value in scores.values())
    ):
        text = "0, 1 or 2 points for each of the answers 1 to 5"
        yield Fault(f"{place}.scores", "bad_scores", text)


def _formula(place: str, source: str, rule: Mapping, leaf: Mapping) -> Iterator[Fault]:
    text = rule.get("formula")
    if not isinstance(text, str) or not text.strip():
        yield Fault(f"{place}.formula", "missing", "missing")
        return
    try:
        used = formula.names(text)
    except SchemeError as fault:
        facts = {"column": fault.facts.get("column", 1)}
        yield Fault(f"{place}.formula", "bad_formula", fault.message, facts)
        return
    if source == "survey":
        for name in sorted(used - {*GIVEN, "share"}):
            yield Fault(f"{place}.formula", "unknown_name", f"no {name!r} here", {"name": name})
        if used <= {*GIVEN, "share"} and is_number(leaf.get("max")):
            yield from _off_the_scale(place, text, leaf["max"])
    elif not used - set(GIVEN):
        yield Fault(f"{place}.formula", "no_names", "uses no value of the unit")


def _off_the_scale(place: str, text: str, maximum: float) -> Iterator[Fault]:
    """The first whole percentage at which a survey's formula has no value from 0 to the maximum."""
    for percent in range(101):
        try:
            points = formula.evaluate(text, {"share": percent / 100, "max_points": maximum})
        except SchemeError as fault:
            if fault.code != "formula.zero":
                raise
            points = None
        if points is None or not 0 <= points <= formula.exact(maximum):
            facts = {"percent": percent, "maximum": maximum}
            yield Fault(f"{place}.formula", "off_scale", f"no points at {percent} %", facts)
            return


_CHECKS = {
    "points": _no_check,
    "share": _share,
    "options": _options,
    "tiers": _tiers,
    "tt01": _tt01,
    "formula": _formula,
}
