"""Typing from paper: places of boxes, one normal form, rules of the questionnaire afterwards."""

from __future__ import annotations

import pytest

from forms import questionnaires
from forms.faces import keying
from forms.faces.paper import paper
from forms.model import Choice, Kind, Question, Questionnaire, Section

CHOICES = tuple(Choice(name, {"vi": name.upper()}) for name in ("mot", "hai", "ba"))


def one_of_each() -> Questionnaire:
    def ask(name: str, kind: Kind, **more) -> Question:
        return Question(name, kind, {"vi": f"Câu {name}"}, **more)

    questions = (
        ask("one", Kind.SELECT_ONE, choices=CHOICES, list_name="l"),
        ask("many", Kind.SELECT_MULTIPLE, choices=CHOICES, list_name="l"),
        ask("order", Kind.RANK, choices=CHOICES, list_name="l"),
        ask("whole", Kind.INTEGER, constraint=". <= 10"),
        ask("part", Kind.DECIMAL),
        ask("words", Kind.TEXT),
        ask("day", Kind.DATE),
        ask("clock", Kind.TIME),
        ask("yes", Kind.ACKNOWLEDGE, choices=(Choice("OK", {"vi": "Đồng ý"}),)),
    )
    later = ask("later", Kind.TEXT, relevant="${one} = 'hai'")
    sections = (
        Section("s", {"vi": "Phần"}, questions=questions),
        Section("t", {"vi": "Phần sau"}, questions=(later,)),
    )
    return Questionnaire("t", "1", {"vi": "T"}, ("vi",), "vi", sections=sections)


@pytest.mark.parametrize(
    ("name", "text", "normal"),
    [
        ("one", " 3 ", "3"),
        ("one", "*", "*"),
        ("many", "3,1", "1 3"),
        ("many", "3  1", "1 3"),
        ("order", "3 1 2", "3 1 2"),
        ("whole", "007", "7"),
        ("part", "2,50", "2.5"),
        ("words", "  a   b ", "a b"),
        ("words", "e\u0302\u0301", "\u1ebf"),
        ("day", "1/2/2024", "2024-02-01"),
        ("clock", "8:05", "08:05"),
        ("yes", "1", "1"),
    ],
)
def test_the_same_paper_typed_in_different_ways_is_the_same(name, text, normal):
    keyed = keying.normal(one_of_each(), {name: text})
    assert (keyed.typed, keyed.problems) == ({name: normal}, {})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("one", text) for text in ("0", "4", "x", "1 2", "-1", "²")),
        *(("many", text) for text in ("1 1", "4", "1 x")),
        *(("whole", text) for text in ("x", "1.5", "1 2")),
        *(("day", text) for text in ("31/2/2024", "hôm qua")),
        ("yes", "2"),
    ],
)
def test_a_slip_of_the_finger_is_caught_while_typing(name, text):
    keyed = keying.normal(one_of_each(), {name: text})
    assert keyed.typed == {}
    assert list(keyed.problems) == [name]


def test_blank_fields_and_unknown_names_are_nothing():
    assert keying.normal(one_of_each(), {"one": " ", "strange": "1"}).typed == {}


def test_differences_are_of_what_was_meant():
    first = {"one": "1", "words": "Cảm ơn", "whole": "7"}
    second = {"one": "1", "words": "cảm ơn", "many": "1 2"}
    assert keying.differences(first, second) == ["whole", "many"]


def test_answers_follow_the_path_and_broken_rules_are_told():
    q = one_of_each()
    typed = {"one": "1", "many": "1 3", "order": "3 1 2", "whole": "11", "later": "x", "yes": "1"}
    values, rules = keying.values(q, typed, {})
    assert values == {
        "one": "mot",
        "many": ["mot", "ba"],
        "order": ["ba", "mot", "hai"],
        "yes": "OK",
    }
    assert list(rules) == ["whole"]
    assert keying.values(q, {**typed, "one": "2"}, {})[0]["later"] == "x"


def test_what_cannot_be_read_is_blank():
    assert keying.values(one_of_each(), {"one": "*", "words": "*"}, {}) == ({}, {})


@pytest.mark.parametrize("name", questionnaires.names())
def test_fields_are_the_printed_numbers_of_every_shipped_questionnaire(name):
    q = questionnaires.load(name)
    found = keying.fields(q, "vi", known={})
    numbers = paper(q, "vi").numbers
    assert {field.name: field.number for field in found} == dict(numbers)
    assert [field.number for field in found] == sorted(numbers.values())
    assert all(field.text and "${" not in field.text for field in found)
    for field in found:
        if field.options:
            assert keying.shown(field, "1") == field.options[0]
