"""The paper face: every question once, skips in words, tables of scales."""

from __future__ import annotations

import pytest

from forms.faces.paper import BLANK, paper
from forms.faces.paper_words import STYLES
from forms.model import ASKED, Choice, Kind, Question, Questionnaire, Section
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


def question(kind: Kind, **more) -> Question:
    return Question("q", kind, {"vi": "Hỏi?", "en": "Ask?"}, **more)


def one(asked: Question, language: str = "vi"):
    titles = {"vi": "Thử", "en": "Trial"}
    q = Questionnaire("t", "1", titles, ("vi", "en"), "vi", (Section("a", questions=(asked,)),))
    return items(paper(q, language))


def choices(n: int, label: str = "x") -> tuple[Choice, ...]:
    return tuple(Choice(str(k), {"vi": label, "en": label}) for k in range(n))


@pytest.mark.parametrize(
    ("asked", "style"),
    [
        (question(Kind.SELECT_ONE, choices=choices(3)), "ticks"),
        (question(Kind.SELECT_ONE, choices=choices(61)), "line"),
        (question(Kind.SELECT_ONE, choices=choices(5), appearance="likert"), "scale"),
        (question(Kind.SELECT_ONE, choices=choices(12), appearance="likert"), "ticks"),
        (question(Kind.SELECT_ONE, choices=choices(9, "n" * 20), appearance="likert"), "ticks"),
        (question(Kind.SELECT_MULTIPLE, choices=choices(3)), "ticks"),
        (question(Kind.RANK, choices=choices(3)), "ranks"),
        (question(Kind.RANGE, parameters={"start": "0", "end": "10", "step": "1"}), "scale"),
        (question(Kind.RANGE, parameters={"start": "0", "end": "11", "step": "1"}), "decimal"),
        (question(Kind.INTEGER), "number"),
        (question(Kind.DECIMAL), "decimal"),
        (question(Kind.TEXT), "line"),
        (question(Kind.TEXT, appearance="multiline"), "lines"),
        (question(Kind.DATE), "date"),
        (question(Kind.TIME), "time"),
        (question(Kind.DATETIME), "datetime"),
        (question(Kind.ACKNOWLEDGE, choices=choices(1)), "box"),
        (question(Kind.GEOPOINT), "place"),
        (question(Kind.BARCODE), "line"),
    ],
)
def test_every_type_has_a_place_to_answer(asked, style):
    (item,) = one(asked)
    assert (item.style, item.number) == (style, "1") and item.how


def test_every_kind_that_is_asked_has_a_style():
    assert {str(kind) for kind in ASKED} <= STYLES.keys()


def test_the_points_of_a_short_range_are_boxes():
    asked = question(Kind.RANGE, parameters={"start": "0", "end": "1", "step": "0.25"})
    assert [x.label for x in one(asked)[0].options] == ["0", "0,25", "0,5", "0,75", "1"]
    assert [x.label for x in one(asked, "en")[0].options][1] == "0.25"


def test_what_is_worked_out_is_not_asked_on_paper():
    assert one(question(Kind.INTEGER, calculation="1 + 1")) == []
