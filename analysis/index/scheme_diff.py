"""What differs between two versions of a scheme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.index.scheme import Scheme

PARTS = ("area", "criterion", "leaf", "band")


@dataclass(frozen=True, slots=True)
class Difference:
    """``kind``: added, removed or changed; ``part``: scheme, area, criterion, leaf, band.

    ``before`` and ``after`` are plain data; None where there is none.  ``title`` helps a reader.
    """

    kind: str
    part: str
    id: str
    field: str
    before: Any
    after: Any
    title: Mapping[str, str]


def differences(before: Scheme, after: Scheme) -> tuple[Difference, ...]:
    """Everything that differs, in reading order; empty for schemes with one digest.

    Parameters
    ----------
    before, after : Scheme
        A leaf that names its predecessor (``was``) is compared with it.

    Returns
    -------
    tuple of Difference
    """
    old, new = _parts(before), _parts(after)
    found = [*_changes("scheme", after.name, old.pop("scheme"), new.pop("scheme"), after.title)]
    for part in PARTS:
        found += _compared(part, old[part], new[part])
    return tuple(found)


def _compared(part: str, old: dict[str, dict], new: dict[str, dict]) -> Iterator[Difference]:
    followed = {each["was"] for each in new.values() if each.get("was") in old}
    for name, each in new.items():
        earlier = old.get(name) or old.get(each.get("was", ""))
        if earlier is None:
            yield Difference("added", part, name, "", None, _said(each), each["title"])
        else:
            yield from _changes(part, name, earlier, each, each["title"])
    for name, each in old.items():
        if name not in new and name not in followed:
            yield Difference("removed", part, name, "", _said(each), None, each["title"])


def _changes(
    part: str, name: str, old: Mapping, new: Mapping, title: Mapping
) -> Iterator[Difference]:
    for field in dict.fromkeys((*old, *new)):
        if field != "was" and old.get(field) != new.get(field):
            yield Difference("changed", part, name, field, old.get(field), new.get(field), title)


def _said(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in ("title", "was")}


def _parts(scheme: Scheme) -> dict[str, Any]:
    data = scheme.to_dict()
    areas, bands = data.pop("area"), data.pop("band")
    found: dict[str, Any] = {"scheme": data, "area": {}, "criterion": {}, "leaf": {}}
    for place, area in enumerate(areas, start=1):
        criteria = area.pop("criterion")
        found["area"][area["id"]] = area | {"place": place}
        for criterion in criteria:
            leaves = criterion.pop("leaf")
            found["criterion"][criterion["id"]] = criterion | {"in": area["id"]}
            for leaf in leaves:
                found["leaf"][leaf["id"]] = leaf | {"in": criterion["id"]}
    found["band"] = {band["id"]: band for band in bands}
    return found
