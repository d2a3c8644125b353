"""Outlines of GeoJSON (RFC 7946): rings of longitude and latitude, read and judged."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from survey.errors import Problem

Point = tuple[float, float]
#: Rounded to some ten metres: enough for a map on paper, a tenth of the file.
DIGITS = 4
#: A piece of a ring further than this from the last one is compared with no other.
_Segment = tuple[float, float, float, float, int]


class Faulty(ValueError):
    """A feature that is no outline; ``problem`` says why, in words."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.code)


def polygons(geometry: Any, facts: Mapping[str, Any]) -> list[list[list[Point]]]:
    """The polygons of a geometry, each of rings, each closed.  Raises Faulty.

    ``facts`` name the feature.  What is smaller than the rounding is left out.
    """
    geometry = geometry if isinstance(geometry, Mapping) else {}
    kind, given = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise Faulty(
            Problem(
                "boundary.kind",
                "Đối tượng %(row)s (%(name)s): không phải Polygon hay MultiPolygon "
                "mà là “%(kind)s”.",
                {**facts, "kind": kind or "–"},
            )
        )
    shapes = [given] if kind == "Polygon" else given
    try:
        read = [[[(float(p[0]), float(p[1])) for p in ring] for ring in shape] for shape in shapes]
    except (TypeError, IndexError, ValueError, KeyError):
        raise Faulty(
            Problem(
                "boundary.unreadable", "Đối tượng %(row)s (%(name)s): toạ độ không đọc được.", facts
            )
        ) from None
    kept = []
    for shape in read:
        rings = [_ring(ring, facts) for ring in shape]
        # A hole without its outside would be land.
        if rings and rings[0]:
            kept.append([ring for ring in rings if ring])
    if not kept:
        raise Faulty(
            Problem("boundary.flat", "Đối tượng %(row)s (%(name)s): không có diện tích.", facts)
        )
    return kept


def _ring(points: list[Point], facts: Mapping[str, Any]) -> list[Point]:
    """The rounded ring; empty where rounding leaves no area.  Raises Faulty."""
    _check_place(points, facts)
    if len(points) < 4:
        raise Faulty(
            Problem(
                "boundary.short",
                "Đối tượng %(row)s (%(name)s): một vòng chỉ có %(n)s điểm, phải từ bốn điểm.",
                {**facts, "n": len(points)},
            )
        )
    if points[0] != points[-1]:
        raise Faulty(
            Problem(
                "boundary.open",
                "Đối tượng %(row)s (%(name)s): một vòng không khép kín (điểm đầu và cuối "
                "khác nhau).",
                facts,
            )
        )
    crossing = crosses(points)
    if crossing is not None:
        raise Faulty(
            Problem(
                "boundary.crosses",
                "Đối tượng %(row)s (%(name)s): một vòng tự cắt gần kinh độ %(x)s, vĩ độ %(y)s.",
                {**facts, "x": f"{crossing[0]:.5f}", "y": f"{crossing[1]:.5f}"},
            )
        )
    rounded: list[Point] = []
    for x, y in points:
        point = (round(x, DIGITS), round(y, DIGITS))
        if not rounded or rounded[-1] != point:
            rounded.append(point)
    return rounded if len(rounded) >= 4 and abs(_area(rounded)) > 0 else []


def _check_place(points: list[Point], facts: Mapping[str, Any]) -> None:
    """Raises Faulty for points that are no degrees, with a guess of what they are."""
    bad = next(
        (p for p in points if not (isfinite(p[0]) and isfinite(p[1]) and abs(p[0]) <= 180
                                   and abs(p[1]) <= 90)),
        None,
    )  # fmt: skip
    if bad is None:
        return
    known = {**facts, "x": f"{bad[0]:g}", "y": f"{bad[1]:g}"}
    if abs(bad[0]) <= 90 and abs(bad[1]) <= 180:
        raise Faulty(
            Problem(
                "boundary.swapped",
                "Đối tượng %(row)s (%(name)s): điểm (%(x)s, %(y)s) có vẻ ghi vĩ độ trước; "
                "GeoJSON ghi kinh độ trước.",
                known,
            )
        )
    raise Faulty(
        Problem(
            "boundary.not_degrees",
            "Đối tượng %(row)s (%(name)s): điểm (%(x)s, %(y)s) không phải kinh độ, vĩ độ "
            "WGS 84; nếu là VN-2000 (mét) hãy chuyển hệ toạ độ trước.",
            known,
        )
    )


def crosses(ring: list[Point]) -> Point | None:
    """Where two pieces of a closed ring cross each other; None if nowhere.

    Pieces are swept from west to east; only those that overlap in both directions are compared.
    Source: Shamos and Hoey (1976), without the balanced tree: borders are long, not tangled.
    """
    pieces: list[_Segment] = []
    for i, ((ax, ay), (bx, by)) in enumerate(zip(ring, ring[1:], strict=False)):
        if (ax, ay) != (bx, by):
            pieces.append((ax, ay, bx, by, i) if ax <= bx else (bx, by, ax, ay, i))
    pieces.sort()
    last = len(ring) - 2
    active: list[_Segment] = []
    for piece in pieces:
        active = [other for other in active if other[2] >= piece[0]]
        for other in active:
            gap = abs(piece[4] - other[4])
            if gap in (1, last) or not _overlap(piece, other):
                continue
            if _cross(piece, other):
                return piece[0], piece[1]
        active.append(piece)
    return None


def _overlap(a: _Segment, b: _Segment) -> bool:
    return max(a[1], a[3]) >= min(b[1], b[3]) and max(b[1], b[3]) >= min(a[1], a[3])


def _cross(a: _Segment, b: _Segment) -> bool:
    """Whether the two pieces pass through each other; touching in a point is allowed."""

    def side(s: _Segment, x: float, y: float) -> float:
        return (s[2] - s[0]) * (y - s[1]) - (s[3] - s[1]) * (x - s[0])

    ends = side(a, b[0], b[1]), side(a, b[2], b[3]), side(b, a[0], a[1]), side(b, a[2], a[3])
    return ends[0] * ends[1] < 0 and ends[2] * ends[3] < 0


def _area(ring: list[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:], strict=False)) / 2
