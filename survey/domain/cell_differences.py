"""Two result tables beside each other, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What the last digits of a sum may be off by on another machine.
RELATIVE, ABSOLUTE = 1e-9, 1e-11
#: By which a part of a list is known, in this order; without any by its place.
_KEYS = ("id", "code", "unit_code")
#: The row under which facts of the whole table stand, and the one of the whole wave.
TABLE, WHOLE = "table", "whole"


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell in which two tables differ.  None: the cell is not there, or empty."""

    row: str
    name: str
    column: str
    before: Any
    after: Any


def cells(table: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """(row, column) -> value of a table as plain data, in the order of the table."""
    found: dict[tuple[str, str], Any] = {}
    for row in table.get("rows", ()):
        key = row_key(row)
        found.update({(key, column): value for column, value in _leaves(row)})
    found.update({(WHOLE, column): value for column, value in _leaves(table.get("whole", {}))})
    rest = {name: part for name, part in table.items() if name not in ("rows", "whole")}
    found.update({(TABLE, column): value for column, value in _leaves(rest)})
    return found


def row_key(row: Mapping[str, Any]) -> str:
    """``code@valid_from``: a code alone is no key."""
    return f"{row['unit_code']}@{row['valid_from']}" if row["unit_code"] else WHOLE


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """All cells in which two tables differ; figures that differ by rounding noise are equal."""
    ours, theirs = cells(before), cells(after)
    names = {row_key(row): row["name"] for row in (*before.get("rows", ()), *after.get("rows", ()))}
    return [
        Difference(row, names.get(row, ""), column, ours.get(place), theirs.get(place))
        for place in dict.fromkeys((*ours, *theirs))
        for row, column in [place]
        if (place in ours) != (place in theirs) or not same(ours[place], theirs[place])
    ]


def same(one: Any, other: Any) -> bool:
    """Equal, or two numbers that differ by less than the noise of sums."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return one == other


def _leaves(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(part, Mapping):
        for name, inner in part.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(part, Sequence) and not isinstance(part, str):
        # An empty list and none at all say the same.
        for place, inner in enumerate(part):
            yield from _leaves(inner, f"{path}.{_name(inner, place)}")
    elif part is not None:
        yield path, part


def _name(part: Any, place: int) -> str:
    if isinstance(part, Mapping):
        for key in _KEYS:
            if part.get(key):
                return str(part[key])
    return str(place + 1)
