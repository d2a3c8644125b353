"""The paper face: every question once, skips in words, tables of scales."""

from __future__ import annotations

import pytest

from forms.faces.paper import BLANK, paper
from forms.questionnaires import load, names


def items(made):
    return [item for part in made.parts for item in part.items]


def numbers(made) -> list[int]:
    found = []
    for item in items(made):
        found += [int(number) for number, _ in item.rows] or (
            [int(item.number)] if item.number else []
        )
    return found


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("name", names())
def test_every_question_is_printed_once_in_order(name, language):
    q = load(name)
    slots = {each.name: BLANK for each in q.variables if each.name.startswith("dv_")}
    made = paper(q, language, known=slots)
    asked = [each for each in q if each.is_asked]
    assert numbers(made) == list(range(1, len(asked) + 1))
    assert [each.name for each in asked] == list(made.numbers)
    for item in items(made):
        assert "${" not in item.text + item.hint + item.only_if
        assert item.text or item.rows


def test_ratings_on_one_scale_stand_in_one_table():
    c1 = paper(load("c1-citizen"), "vi")
    (access,) = [item for item in items(c1) if item.name == "c1"]
    assert [text for _, text in access.rows][1] == "Chỗ ngồi chờ"
    assert [option.label for option in access.options][-1] == "Không có ý kiến"
    slots = {f"dv_{k}": BLANK for k in range(1, 9)}
    c3 = paper(load("c3-inside"), "vi", known=slots)
    tables = [item for item in items(c3) if item.style == "grid"]
    assert [len(item.rows) for item in tables] == [8] * 8


def test_a_skip_stands_beside_the_answer_that_decides_it():
    made = paper(load("c1-citizen"), "vi")
    late = next(item for item in items(made) if item.name == "h3")
    here, after = made.numbers["h3"], made.numbers["g1"]
    assert after == here + 3
    assert {option.label: option.skip for option in late.options} == {
        "Có": "",
        "Không": f"→ chuyển tới câu {after}",
        "Không nhớ": f"→ chuyển tới câu {after}",
    }
    only = next(item for item in items(made) if item.name == "f3")
    assert only.only_if == f"Chỉ trả lời nếu câu {here} là “Có”."
    first = items(made)[0]
    assert [option.skip for option in first.options] == ["", "→ kết thúc sau câu 4"]


def test_what_the_print_knows_is_filled_in_and_what_not_is_left_to_write():
    q = load("c1-citizen")
    assert BLANK in items(paper(q, "vi"))[0].text
    known = paper(q, "vi", known={"unit_name": "xã Cẩm Hoàng", "case_field": "dat_dai"})
    assert "xã Cẩm Hoàng" in items(known)[0].text
    assert "b1" not in known.numbers and "b2" in known.numbers
