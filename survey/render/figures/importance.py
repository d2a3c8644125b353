"""Importance and performance: what goes with overall satisfaction, and how well it is done."""

from __future__ import annotations

from dataclasses import dataclass

from survey.render.figures.picture import FONT, INK, PAPER, QUIET, Picture, scale, ticks
from survey.render.numbers import number, percent
from survey.render.table import Text

_LEFT, _RIGHT, _HEIGHT = 70, 706, 400


@dataclass(frozen=True, slots=True)
class Point:
    """A part of the service: correlation with the overall rating and share satisfied, with limits.

    ``priority``: more important and less well done than the middle of all, both beyond doubt or
    not (``sure``).
    """

    number: int
    title: Text
    importance: float
    importance_low: float
    importance_high: float
    performance: float
    performance_low: float
    performance_high: float
    priority: bool
    sure: bool
    #: Standardised slope beside the other parts, where it could be fitted.
    beta: float | None = None
    beta_se: float | None = None
    #: Its sub-criterion in the scheme.
    leaf: str = ""


WORDS = {
    "vi": {
        "title_some": "Nên cải thiện trước: {names}",
        "title_none": "Không nội dung nào vừa quan trọng hơn vừa được đánh giá thấp hơn mức giữa",
        "subtitle": "Ngang: tỷ lệ hài lòng. Dọc: tương quan với hài lòng chung. Vạch: khoảng tin "
        "cậy {level}.",
        "x": "Tỷ lệ hài lòng",
        "y": "Tương quan với hài lòng chung",
        "concentrate": "QUAN TRỌNG, CÒN THẤP",
        "keep": "QUAN TRỌNG, ĐÃ TỐT",
        "low": "ÍT QUAN TRỌNG, CÒN THẤP",
        "overkill": "ÍT QUAN TRỌNG, ĐÃ TỐT",
        "note": "Nét đứt: bình quân các nội dung. Dấu tròn đặc: nên ưu tiên. Tương quan không phải "
        "là nguyên nhân: nâng một nội dung chưa chắc nâng mức hài lòng chung.",
    },
    "en": {
        "title_some": "To improve first: {names}",
        "title_none": "Nothing is both more important and less well done than the middle",
        "subtitle": "Across: share satisfied. Up: correlation with overall satisfaction. "
        "Bars: {level} intervals.",
        "x": "Share satisfied",
        "y": "Correlation with overall satisfaction",
        "concentrate": "IMPORTANT, STILL LOW",
        "keep": "IMPORTANT, GOOD",
        "low": "LESS IMPORTANT, LOW",
        "overkill": "LESS IMPORTANT, GOOD",
        "note": "Dashed: mean of the subjects. Filled: first to improve. Correlation is no cause: "
        "raising one subject need not raise overall satisfaction.",
    },
}  # fmt: skip


def svg(points: list[Point], level: float, language: str) -> str | None:
    """None for fewer than two points: there is no middle to compare with."""
    if len(points) < 2:
        return None
    words = WORDS[language]
    first = [point.title[language] for point in points if point.priority]
    title = words["title_some" if first else "title_none"].format(names=", ".join(first))
    subtitle = words["subtitle"].format(level=percent(level, 0, language))
    picture = Picture(title, subtitle)
    top, bottom = picture.y + 6, picture.y + 6 + _HEIGHT
    x = scale(*_limits([v for p in points for v in (p.performance_low, p.performance_high)]),
              _LEFT, _RIGHT)  # fmt: skip
    y = scale(*_limits([v for p in points for v in (p.importance_low, p.importance_high)]),
              bottom, top)  # fmt: skip
    _axes(picture, points, x, y, (top, bottom), language)
    for point in points:
        _interval(picture, point, x, y)
    for point in points:
        _mark(picture, point, x, y)
    picture.y = bottom + 44
    for point in points:
        picture.paragraph(
            f"{point.number}. {point.title[language]}: "
            f"{percent(point.performance, 1, language)}; r = "
            f"{number(point.importance, 2, language)}"
        )
    picture.paragraph(words["note"], FONT - 1, fill=QUIET)
    return picture.svg()


def _limits(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 0.05
    return low - room, high + room


def _axes(picture: Picture, points, x, y, edges: tuple[float, float], language: str) -> None:
    top, bottom = edges
    words = WORDS[language]
    picture.rect(_LEFT, top, _RIGHT - _LEFT, bottom - top, fill="none", stroke="#888888")
    performances = [v for p in points for v in (p.performance_low, p.performance_high)]
    for value in ticks(*_limits(performances)):
        picture.line(x(value), bottom, x(value), bottom + 5)
        picture.text(x(value), bottom + 20, percent(value, 0, language), text_anchor="middle",
                     font_size=12)  # fmt: skip
    for value in ticks(*_limits([v for p in points for v in (p.importance_low,
                                                             p.importance_high)])):  # fmt: skip
        picture.line(_LEFT - 5, y(value), _LEFT, y(value))
        picture.text(_LEFT - 9, y(value) + 4, number(value, 2, language), text_anchor="end",
                     font_size=12)  # fmt: skip
    across = x(sum(p.performance for p in points) / len(points))
    up = y(sum(p.importance for p in points) / len(points))
    picture.line(across, top, across, bottom, stroke="#666666", stroke_dasharray="5 4")
    picture.line(_LEFT, up, _RIGHT, up, stroke="#666666", stroke_dasharray="5 4")
    for name, place, anchor, at in (
        ("concentrate", _LEFT + 8, "start", top + 18),
        ("keep", _RIGHT - 8, "end", top + 18),
        ("low", _LEFT + 8, "start", bottom - 10),
        ("overkill", _RIGHT - 8, "end", bottom - 10),
    ):
        picture.text(place, at, words[name], text_anchor=anchor, font_size=12, fill=QUIET)
    middle = (top + bottom) / 2
    picture.text((_LEFT + _RIGHT) / 2, bottom + 38, words["x"], text_anchor="middle", font_size=13)
    picture.text(14, middle, words["y"], text_anchor="middle", font_size=13,
                 transform=f"rotate(-90 14 {middle:.0f})")  # fmt: skip


def _interval(picture: Picture, point: Point, x, y) -> None:
    across, up = x(point.performance), y(point.importance)
    picture.line(x(point.performance_low), up, x(point.performance_high), up, stroke="#777777")
    picture.line(across, y(point.importance_low), across, y(point.importance_high),
                 stroke="#777777")  # fmt: skip


def _mark(picture: Picture, point: Point, x, y) -> None:
    across, up = x(point.performance), y(point.importance)
    paper, ink = (INK, PAPER) if point.priority else (PAPER, INK)
    picture.circle(across, up, 12, fill=paper, stroke=INK, stroke_width=1.5)
    picture.text(across, up + 5, str(point.number), text_anchor="middle", fill=ink,
                 font_weight="bold")  # fmt: skip
