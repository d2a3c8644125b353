"""The planner's curve: expected half-width against the number of forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from survey.render.numbers import count, percent
from survey.render.shapes import element, text

_HEIGHT, _LEFT, _TOP, _BOTTOM = 300, 52, 22, 250
_WIDE, _NARROW = 660, 328
#: Name, words, dashes, and whether the words stand above the line's beginning or below it.
_LINES = (
    ("worst", {"vi": "đơn vị rộng nhất", "en": "widest unit"}, "5 4", True),
    ("median", {"vi": "đơn vị ở giữa", "en": "middle unit"}, None, False),
    ("whole", {"vi": "toàn bộ", "en": "the whole"}, None, True),
)
_TITLE = {
    "vi": "Sai số dự kiến theo số phiếu: càng nhiều phiếu càng hẹp, nhưng chậm dần",
    "en": "Expected margin against the number of forms: more forms narrow it, ever more slowly",
}
_AXIS = {"vi": "số phiếu", "en": "forms"}


def precision_svg(
    points: Sequence[Mapping[str, Any]], language: str, *, narrow: bool = False
) -> str:
    """SVG of three lines with their names beside them; points without a margin are left out."""
    margins = [p[name] for p in points for name, *_ in _LINES if p[name] is not None]
    if not margins:
        return ""
    width = _NARROW if narrow else _WIDE
    right, high, most = width - 24, max(margins) * 1.05 or 0.01, max(p["n"] for p in points)

    def x(n: float) -> float:
        return round(_LEFT + n / most * (right - _LEFT), 1)

    def y(margin: float) -> float:
        return round(_BOTTOM - margin / high * (_BOTTOM - _TOP), 1)

    marks = [element("title", _TITLE[language])]
    step = next(s for s in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if high / s <= 6)
    for i in range(int(high / step) + 1):
        at = y(i * step)
        marks.append(element("line", class_="plot-guide", x1=_LEFT, x2=right, y1=at, y2=at))
        label = "±" + percent(i * step, 1 if step < 0.01 else 0, language)
        marks.append(text(_LEFT - 6, at + 5, label, text_anchor="end"))
    for p in points[:: max(1, -(-len(points) // (3 if narrow else 6)))]:
        marks.append(text(x(p["n"]), _BOTTOM + 20, count(p["n"], language), text_anchor="middle"))
    marks.append(text(right, _BOTTOM + 42, _AXIS[language], text_anchor="end"))
    for name, words, dashes, above in _LINES:
        known = [(x(p["n"]), y(p[name])) for p in points if p[name] is not None]
        if not known:
            continue
        path = " ".join(f"{a},{b}" for a, b in known)
        marks.append(element("polyline", class_="plot-curve", points=path, stroke_dasharray=dashes))
        if above:
            marks.append(text(known[0][0] + 10, known[0][1] - 9, words[language]))
        else:  # left of the second point a falling line leaves room below
            place = known[min(1, len(known) - 1)]
            marks.append(text(place[0] - 6, place[1] + 12, words[language], text_anchor="end"))
    return element(
        "svg", *marks, class_=f"plot plot--curve plot--{'narrow' if narrow else 'wide'}",
        role="img", viewBox=f"0 0 {width} {_HEIGHT}", xmlns="http://www.w3.org/2000/svg",
    )  # fmt: skip
