"""Texts as one respondent reads them."""

import pytest

from forms import wording
from forms.model import Choice, Kind, Question


@pytest.fixture
def q(make):
    return make(
        """
        type               | name | label
        hidden             | unit |
        select_one s5      | s    | S?
        select_multiple s5 | m    | M?
        integer            | i    | I?
        decimal            | d    | D?
        date               | n    | N?
        """
    )


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("không có gì", "không có gì"),
        ("ở ${unit} và ${ unit }", "ở Xã Cao An và Xã Cao An"),
        ("${s}", "Rất tốt"),
        ("${m}", "Rất kém, Rất tốt"),
        ("${i} lần, ${d}", "3 lần, 2,5"),
        ("ngày ${n}", "ngày 05/09/2023"),
    ],
)
def test_names_are_filled(q, text, filled):
    env = {"unit": "Xã Cao An", "s": "5", "m": ["1", "5"], "i": 3, "d": 2.5, "n": "2023-09-05"}
    assert wording.fill(q, text, "vi", env) == filled


def test_a_blank_is_filled_with_nothing(q):
    assert wording.fill(q, "[${unit}${s}${m}${i}${n}]", "vi", {}) == "[]"


def test_an_answer_that_looks_like_a_name_is_left_alone(q):
    assert wording.fill(q, "${unit}", "vi", {"unit": "${s}", "s": "5"}) == "${s}"


def options(n):
    return tuple(Choice(str(k)) for k in range(n)) + (Choice("98", missing="khong_y_kien"),)


def test_no_opinion_stays_last_and_every_option_stays():
    question = Question("q", Kind.SELECT_ONE, choices=options(6), randomize=True)
    for seed in map(str, range(30)):
        got = wording.arranged(question, question.choices, seed)
        assert got[-1].name == "98" and {c.name for c in got} == {*"012345", "98"}


def test_each_option_comes_first_about_equally_often():
    question = Question("q", Kind.SELECT_ONE, choices=options(4), randomize=True)
    first = [wording.arranged(question, question.choices, f"s{n}")[0].name for n in range(2000)]
    for name in "0123":  # 500 expected, standard deviation 19
        assert 400 < first.count(name) < 600


def test_the_option_of_or_other_stays_last_before_missing_reasons():
    other = Choice("other", {"vi": "Khác"})
    given = (other, *options(4))
    question = Question("q", Kind.SELECT_ONE, choices=given, randomize=True)
    seen = {tuple(c.name for c in wording.arranged(question, given, str(k))) for k in range(30)}
    assert {names[-2:] for names in seen} == {("other", "98")}
    assert len(seen) > 5


def test_a_question_without_randomize_keeps_the_sheets_order():
    question = Question("q", Kind.SELECT_ONE, choices=options(4))
    assert wording.arranged(question, question.choices, "seed") == question.choices
