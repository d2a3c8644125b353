"""Counts of a trace that tell of very few people, alone or by subtraction, are marked ``few``.

A marked count stands in the office's pages alone.  ``few`` once is few for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Trace = Mapping[str, Any]
#: How often an item's answers are satisfied, and how often not.
Counts = tuple[int, int]
Counted = Mapping[tuple[str, str], dict[str, Any]]


def counts(item: Mapping[str, Any]) -> Counts:
    """Satisfied and other valid answers of an item that was counted."""
    return item["satisfied"], item["valid"] - item["satisfied"]


def tells(found: Counts, least: int) -> bool:
    """Whether somebody is behind the counts, and one of them speaks of fewer than ``least``."""
    return any(found) and min(found) < least


def mark(traces: Mapping[str, Trace], others: Mapping[str, Trace], whole: str, least: int) -> None:
    """Mark the items of all units, and of the ``whole``, that tell of few people by subtraction.

    ``others``: the same units with the answers that a reviewer left out.  What is left of a whole
    less the units that show their counts is what the withheld units and the marked counts say
    together; two such rests may differ by few people too.
    Source: Hundepool and others (2012), Statistical Disclosure Control, sec. 4.2.
    """
    for unit in set(traces) & set(others):
        _mark_apart(_counted(traces[unit]), _counted(others[unit]), least)
    rests = [_rest(side, whole, least) for side in (traces, others)]
    for place in set(rests[0]) & set(rests[1]):
        if tells(_apart(rests[0][place], rests[1][place]), least):
            for side in (traces, others):
                _counted(side[whole])[place]["few"] = True


def _mark_apart(one: Counted, other: Counted, least: int) -> None:
    for place in set(one) & set(other):
        a, b = one[place], other[place]
        few = a["few"] or b["few"] or tells(_apart(counts(a), counts(b)), least)
        a["few"] = b["few"] = few


def _rest(traces: Mapping[str, Trace], whole: str, least: int) -> dict[tuple[str, str], Counts]:
    """What the whole says besides the units that show their counts; few people are marked."""
    if whole not in traces:
        return {}
    shown: dict[tuple[str, str], Counts] = {}
    for unit, trace in traces.items():
        for place, item in _counted(trace).items() if unit != whole else ():
            if not item["few"]:
                had, more = shown.get(place, (0, 0)), counts(item)
                shown[place] = (had[0] + more[0], had[1] + more[1])
    found = {}
    for place, item in _counted(traces[whole]).items():
        found[place] = _apart(counts(item), shown.get(place, (0, 0)))
        item["few"] = item["few"] or tells(found[place], least)
    return found


def _apart(one: Counts, other: Counts) -> Counts:
    return abs(one[0] - other[0]), abs(one[1] - other[1])


def redacted(trace: Trace) -> dict[str, Any]:
    """The trace as everybody may read it: marked counts are left out."""
    return {
        **trace,
        "leaves": [
            {**leaf, "items": [_public(item) for item in leaf["items"]]}
            if "items" in leaf
            else leaf
            for leaf in trace["leaves"]
        ],
    }


def _public(item: Mapping[str, Any]) -> dict[str, Any]:
    hidden = ("satisfied", "share") if item.get("few") else ()
    return {name: value for name, value in item.items() if name not in hidden}


def _counted(trace: Trace) -> Counted:
    """The counted items of a trace by sub-criterion and name."""
    return {
        (leaf["id"], item["name"]): item
        for leaf in trace["leaves"]
        for item in leaf.get("items", ())
        if "valid" in item
    }
