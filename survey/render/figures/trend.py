"""The whole over the years: each wave's share with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from statistics import NormalDist

from survey.render.figures.picture import FONT, INK, PAPER, QUIET, Picture, scale, ticks
from survey.render.numbers import count, percent

_LEFT, _RIGHT, _HEIGHT = 60, 700, 250


@dataclass(frozen=True, slots=True)
class Year:
    """One wave.  ``label`` is its year or, with two in a year, the month too."""

    label: str
    share: float
    se: float
    low: float
    high: float
    n: int


WORDS = {
    "vi": {
        "up": "Tỷ lệ hài lòng tăng từ {before} lên {after}: khoảng của thay đổi không chứa 0",
        "down": "Tỷ lệ hài lòng giảm từ {before} xuống {after}: khoảng của thay đổi không chứa 0",
        "same": "Từ {before} đến {after}: chưa đủ cơ sở nói tỷ lệ hài lòng thay đổi",
        "subtitle": "Tỷ lệ hài lòng của toàn đợt; vạch là khoảng tin cậy {level}.",
        "note": "Mỗi đợt rút mẫu riêng. Số chung của cùng một địa bàn không đổi theo địa giới đơn "
        "vị; phiếu hỏi khác nhau thì không so được.",
    },
    "en": {
        "up": "Satisfaction rose from {before} to {after}: the change's interval leaves 0 out",
        "down": "Satisfaction fell from {before} to {after}: the change's interval leaves 0 out",
        "same": "From {before} to {after}: no ground to say that satisfaction changed",
        "subtitle": "Share satisfied of the whole wave; bars are {level} intervals.",
        "note": "Each wave drew its own sample. Boundaries of units do not matter for the whole of "
        "one territory; another questionnaire would.",
    },
}  # fmt: skip


def svg(years: Sequence[Year], level: float, language: str) -> str | None:
    """None for fewer than two waves."""
    if len(years) < 2:
        return None
    words = WORDS[language]
    before, after = years[-2], years[-1]
    reach = NormalDist().inv_cdf(0.5 + level / 2) * hypot(before.se, after.se)
    gain = after.share - before.share
    kind = "same" if abs(gain) <= reach else "up" if gain > 0 else "down"
    title = words[kind].format(
        before=percent(before.share, 1, language), after=percent(after.share, 1, language)
    )
    picture = Picture(title, words["subtitle"].format(level=percent(level, 0, language)))
    top, bottom = picture.y + 10, picture.y + 10 + _HEIGHT
    low, high = min(year.low for year in years), max(year.high for year in years)
    room = 0.12 * (high - low) or 0.02
    low, high = max(0.0, low - room), min(1.0, high + room)
    y = scale(low, high, bottom, top)
    for value in ticks(low, high):
        picture.line(_LEFT, y(value), _RIGHT, y(value), stroke="#cccccc")
        picture.text(_LEFT - 8, y(value) + 4, percent(value, 0, language), text_anchor="end",
                     font_size=12)  # fmt: skip
    step = (_RIGHT - _LEFT) / len(years)
    at = [_LEFT + (i + 0.5) * step for i in range(len(years))]
    for i, year in enumerate(years):
        if i:
            picture.line(at[i - 1], y(years[i - 1].share), at[i], y(year.share),
                         stroke="#777777", stroke_dasharray="2 4")  # fmt: skip
    for x, year in zip(at, years, strict=True):
        picture.line(x, y(year.low), x, y(year.high), stroke_width=2)
        for end in (year.low, year.high):
            picture.line(x - 7, y(end), x + 7, y(end), stroke_width=2)
        picture.circle(x, y(year.share), 6, fill=INK, stroke=PAPER, stroke_width=1.5)
        picture.text(x + 14, y(year.share) + 5, percent(year.share, 1, language),
                     font_weight="bold")  # fmt: skip
        picture.text(x, bottom + 20, year.label, text_anchor="middle")
        picture.text(x, bottom + 37, f"n = {count(year.n, language)}", text_anchor="middle",
                     font_size=12, fill=QUIET)  # fmt: skip
    picture.y = bottom + 44
    picture.paragraph(words["note"], FONT - 1, fill=QUIET)
    return picture.svg()
