"""Area and distance on the ground, of points as ODK writes them: "latitude longitude ...".

Source: https://getodk.github.io/xforms-spec/#fn:area and #fn:distance: a sphere with the Earth's
equatorial radius; altitude and accuracy are not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from forms.values import Value, ValueFault, string

#: Equatorial radius of the Earth in metres, as ODK's engine has it.
RADIUS = 6_378_100.0

Point = tuple[float, float]


def points(values: Iterable[Value]) -> list[Point]:
    """Latitude and longitude in degrees of each point of the values; blanks are left out."""
    found = []
    for value in values:
        for text in string(value).split(";"):
            words = text.split()
            if not words:
                continue
            try:
                found.append((float(words[0]), float(words[1])))
            except (ValueError, IndexError):
                raise ValueFault(f"not a point: {text!r}") from None
    return found


def distance(*values: Value) -> float:
    """Metres along the points in their order."""
    path = points(values)
    return sum(_apart(a, b) for a, b in zip(path, path[1:], strict=False))


def _apart(a: Point, b: Point) -> float:
    """Great-circle distance by the spherical law of cosines."""
    (first, east), (second, west) = a, b
    if a == b:
        return 0.0
    phi, psi, turn = math.radians(first), math.radians(second), math.radians(west - east)
    cosine = math.sin(phi) * math.sin(psi) + math.cos(phi) * math.cos(psi) * math.cos(turn)
    return math.acos(max(-1.0, min(1.0, cosine))) * RADIUS


def area(*values: Value) -> float:
    """Square metres inside the points; 0 for fewer than three."""
    ring = points(values)
    if len(ring) < 3:
        return 0.0
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    around = 2 * math.pi * RADIUS
    (latitude, longitude) = ring[0]
    flat = [
        (
            (y - latitude) * around / 360,
            (x - longitude) * around * math.cos(math.radians(y)) / 360,
        )
        for y, x in ring
    ]
    pairs = zip(flat, flat[1:], strict=False)
    return abs(sum(y1 * x2 - x1 * y2 for (y1, x1), (y2, x2) in pairs) / 2)


#: Name -> (function, type of its result).
GEOGRAPHY: dict[str, tuple[Callable[..., Value], str]] = {
    "area": (area, "number"),
    "distance": (distance, "number"),
}
