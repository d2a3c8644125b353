"""The planner's curve: well-formed, every line named, nothing outside the picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from survey.render.curve import precision_svg

POINTS = [
    {"n": n, "whole": 0.4 / n**0.5, "median": 1 / n**0.5, "worst": 1.2 / n**0.5}
    for n in (80, 200, 400, 800, 1600)
]
POINTS[0]["worst"] = None  # a unit without a case


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("narrow", [False, True])
def test_three_lines_with_their_names_inside_the_picture(language, narrow):
    made = ET.fromstring(precision_svg(POINTS, language, narrow=narrow))
    _x, _y, width, height = map(float, made.get("viewBox").split())
    lines = made.findall("{*}polyline")
    assert [len(line.get("points").split()) for line in lines] == [4, 5, 5]
    for line in lines:
        pairs = [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]
        assert all(0 <= x <= width and 0 <= y <= height for x, y in pairs)
        assert [y for _, y in pairs] == sorted(y for _, y in pairs)
    words = " ".join("".join(each.itertext()) for each in made.iter())
    for name in {"vi": ("toàn bộ", "đơn vị ở giữa"), "en": ("the whole", "middle unit")}[language]:
        assert name in words


def test_without_margins_there_is_no_plot():
    assert precision_svg([], "vi") == ""
    nothing = [{"n": 1, "whole": None, "median": None, "worst": None}]
    assert precision_svg(nothing, "en") == ""
