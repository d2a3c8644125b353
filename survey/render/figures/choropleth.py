"""Units on the map: the index by class, as grey and as number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from survey.render import shapes
from survey.render.figures.picture import FONT, INK, QUIET, Picture, grey
from survey.render.numbers import number
from survey.render.table import ResultRow, ResultTable

#: Polygons, each of rings, each of [longitude, latitude].
Polygons = Sequence[Sequence[Sequence[Sequence[float]]]]

_SIZE, _CLASSES = 500, 4

WORDS = {
    "vi": {
        "title": "Chỉ số theo địa bàn: từ {low} đến {high}",
        "subtitle": "Chỉ số CCHC (%); càng sẫm càng cao. Gạch chéo: không công bố.",
        "note": "Ranh giới: {source}. Bản đồ để định hướng, không có giá trị pháp lý về địa giới.",
    },
    "en": {
        "title": "The index on the map: from {low} to {high}",
        "subtitle": "PAR index (%); the darker the higher. Hatched: not published.",
        "note": "Boundaries: {source}. For orientation; without legal force as to boundaries.",
    },
}


#: Points of a drawing that lie closer than this show nothing, in its own units.
_NEAR = 0.4
#: Units narrower than this carry no words.
_WORDS_FROM = 34.0


def svg(
    table: ResultTable,
    outlines: Mapping[str, Polygons],
    source: str,
    language: str,
    address: Callable[[ResultRow], str] | None = None,
) -> str | None:
    """None where no unit with a figure has an outline.  ``outlines`` by ``code@valid_from``.

    ``address``: where a unit's figure comes from; its words become a link.
    """
    drawn = [(row, outlines[_key(row)]) for row in table.rows if _key(row) in outlines]
    values = [row.index_percent for row, _ in drawn if row.index_percent is not None]
    if not values:
        return None
    words = WORDS[language]
    low, high = min(values), max(values)
    title = words["title"].format(low=number(low, 1, language), high=number(high, 1, language))
    picture = Picture(title, words["subtitle"])
    place, height = _projection([ring for _, shape in drawn for part in shape for ring in part])
    top = picture.y
    picture.parts.append(_HATCH)
    for row, shape in drawn:
        _unit(picture, row, shape, lambda p: place(p, top), (low, high))
    for row, shape in drawn:
        _label(picture, row, shape, lambda p: place(p, top), (low, high), language, address)
    _legend(picture, (low, high), top, language)
    picture.y = top + max(height, 150)
    picture.paragraph(words["note"].format(source=source), FONT - 1, fill=QUIET)
    return picture.svg()


_HATCH = (
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="7" stroke="#888888" '
    'stroke-width="1.5"/></pattern></defs>'
)


def _key(row: ResultRow) -> str:
    return f"{row.unit_code}@{row.valid_from}"


def _projection(rings):
    """Equirectangular about the middle latitude: right enough for a district or a province."""
    points = [point for ring in rings for point in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    size = _SIZE / max((east - west) * squeeze, north - south, 1e-9)

    def place(point: Sequence[float], top: float) -> tuple[float, float]:
        return (point[0] - west) * squeeze * size, top + (north - point[1]) * size

    return place, (north - south) * size


def _class(value: float, limits: tuple[float, float]) -> int:
    low, high = limits
    return min(_CLASSES - 1, int(_CLASSES * (value - low) / ((high - low) or 1.0)))


def _paper(row: ResultRow, limits: tuple[float, float]) -> tuple[str, str]:
    if row.index_percent is None:
        return "url(#hatch)", INK
    return grey(_class(row.index_percent, limits) / (_CLASSES - 1))


def _unit(picture: Picture, row: ResultRow, shape: Polygons, place, limits) -> None:
    d = _drawn(shape, place)
    picture.path(d, fill=_paper(row, limits)[0], fill_rule="evenodd", stroke=INK, stroke_width=1)


def _drawn(shape: Polygons, place) -> str:
    """The rings as a path, without points that lie on each other when drawn."""
    d = ""
    for polygon in shape:
        for ring in polygon:
            kept: list[tuple[float, float]] = []
            for x, y in map(place, ring):
                if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= _NEAR:
                    kept.append((x, y))
            d += "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept) + "Z"
    return d


def _label(
    picture: Picture, row: ResultRow, shape: Polygons, place, limits, language, address
) -> None:
    ring = max((polygon[0] for polygon in shape), key=lambda r: abs(_area(r)))
    across = [place(point)[0] for point in ring]
    if max(across) - min(across) < _WORDS_FROM:
        return
    x, y = place(_centre(ring))
    ink = _paper(row, limits)[1]
    picture.text(x, y, _short(row.name), text_anchor="middle", font_size=11, fill=ink)
    words = shapes.text(x, y + 13, number(row.index_percent, 1, language), text_anchor="middle",
                        font_size=12, font_weight="bold", fill=ink)  # fmt: skip
    if address is not None and row.index_percent is not None:
        words = shapes.element("a", words, href=address(row), class_="trace")
    picture.parts.append(words)


def _short(name: str) -> str:
    return name.removeprefix("Xã ").removeprefix("Thị trấn ").removeprefix("Phường ")


@dataclass(frozen=True, slots=True)
class Place:
    """A unit on a map: how dark, from 0 to 1, and what stands under its name."""

    name: str
    shape: Polygons
    shade: float = 0.1
    words: str = ""


def preview(units: Sequence[tuple[str, Polygons]], source: str, language: str) -> str:
    """Outlines with their names, before they are loaded."""
    words = _PREVIEW[language]
    title = words["title"].format(n=len(units))
    return plain([Place(*unit) for unit in units], title, words["subtitle"], source, language)


def plain(places: Sequence[Place], title: str, subtitle: str, source: str, language: str) -> str:
    """A map of units under a title; ``source``: where their outlines come from."""
    picture = Picture(title, subtitle)
    rings = [ring for each in places for part in each.shape for ring in part]
    place, height = _projection(rings)
    top = picture.y
    for each in places:
        d = _drawn(each.shape, lambda p: place(p, top))
        fill = grey(each.shade)[0]
        picture.path(d, fill=fill, fill_rule="evenodd", stroke=INK, stroke_width=1)
    for each in places:
        ring = max((polygon[0] for polygon in each.shape), key=lambda r: abs(_area(r)))
        across = [place(point, top)[0] for point in ring]
        if max(across) - min(across) >= _WORDS_FROM:
            x, y = place(_centre(ring), top)
            how = {"text_anchor": "middle", "fill": grey(each.shade)[1]}
            picture.text(x, y, _short(each.name), font_size=11, **how)
            if each.words:
                picture.text(x, y + 13, each.words, font_size=12, font_weight="bold", **how)
    picture.y = top + height
    picture.paragraph(WORDS[language]["note"].format(source=source), FONT - 1, fill=QUIET)
    return picture.svg()


_PREVIEW = {
    "vi": {
        "title": "Ranh giới của {n} đơn vị nhận ra được",
        "subtitle": "Xem hình dạng, vị trí và tên có đúng không trước khi nạp.",
    },
    "en": {
        "title": "Outlines of {n} units that were recognised",
        "subtitle": "See whether shape, place and name are right before loading.",
    },
}


def _legend(picture: Picture, limits: tuple[float, float], top: float, language: str) -> None:
    low, high = limits
    step = (high - low) / _CLASSES
    for i in range(_CLASSES):
        y = top + 10 + i * 26
        picture.rect(_SIZE + 40, y, 34, 20, fill=grey(i / (_CLASSES - 1))[0], stroke=INK)
        ends = (number(low + k * step, 1, language) for k in (i, i + 1))
        picture.text(_SIZE + 84, y + 15, " – ".join(ends))


def _area(ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _centre(ring) -> tuple[float, float]:
    """Centroid of a ring; of one without area its mean."""
    area = _area(ring)
    if abs(area) < 1e-12:
        return (sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring))
    x = y = 0.0
    # About the first point: the coordinates are far from zero, their products lose digits.
    ox, oy = ring[0][0], ring[0][1]
    local = [(p[0] - ox, p[1] - oy) for p in ring]
    area = _area(local)
    for a, b in zip(local, [*local[1:], local[0]], strict=True):
        cross = a[0] * b[1] - b[0] * a[1]
        x += (a[0] + b[0]) * cross
        y += (a[1] + b[1]) * cross
    return ox + x / (3 * area), oy + y / (3 * area)
