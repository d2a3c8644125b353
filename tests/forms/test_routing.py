"""The path: what applies, what comes next, what counts."""

import pytest

from forms import routing
from forms.expression import ExpressionError

SURVEY = """
type          | name   | label | relevant                 | calculation
hidden        | who    |       |                          |
begin group   | one    | Một   |                          |
select_one yn | a      | A?    |                          |
integer       | b      | B?    |                          |
end group     |        |       |                          |
begin group   | two    | Hai   | ${a} = 'co'              |
text          | c      | C?    |                          |
text          | d      | D?    | ${twice} > 4             |
end group     |        |       |                          |
begin group   | three  | Ba    |                          |
text          | e      | E?    | ${c} = 'x'               |
text          | f      | F?    | ${who} = 'me'            |
end group     |        |       |                          |
begin group   | four   | Bốn   |                          |
text          | g      | G?    |                          |
end group     |        |       |                          |
calculate     | thrice |       |                          | ${twice} * 1.5
calculate     | twice  |       | ${a} = 'co'              | ${b} * 2
"""


@pytest.fixture
def q(make):
    return make(SURVEY)


def names(path):
    return [(section.name, [each.name for each in questions]) for section, questions in path]


def test_the_path_of_nothing(q):
    assert names(routing.path(q, {}, {})) == [("one", ["a", "b"]), ("four", ["g"])]


def test_answers_switch_pages_and_questions_on(q):
    answers = {"a": "co", "b": 3, "c": "x"}
    assert names(routing.path(q, answers, {"who": "me"})) == [
        ("one", ["a", "b"]),
        ("two", ["c", "d"]),
        ("three", ["e", "f"]),
        ("four", ["g"]),
    ]


def test_an_answer_off_the_path_does_not_count_in_any_rule(q):
    answers = {"a": "khong", "b": 3, "c": "x", "e": "old"}
    assert names(routing.path(q, answers, {})) == [("one", ["a", "b"]), ("four", ["g"])]
    assert routing.prune(q, answers, {}) == {"a": "khong", "b": 3}
    # No number is no value, as for ODK's engine.
    assert routing.calculated(q, answers, {}) == {"thrice": ""}


def test_calculations_may_stand_anywhere(q):
    assert routing.calculated(q, {"a": "co", "b": 3}, {}) == {"twice": 6, "thrice": 9}


def test_forward_and_back(q):
    answers = {"a": "co", "b": 1}
    assert routing.next_section(q, answers, {}) == "one"
    assert routing.next_section(q, answers, {}, after="one") == "two"
    assert routing.next_section(q, answers, {}, after="two") == "four"
    assert routing.next_section(q, answers, {}, after="four") is None
    assert routing.previous_section(q, answers, {}) == "four"
    assert routing.previous_section(q, answers, {}, before="four") == "two"
    assert routing.previous_section(q, answers, {}, before="one") is None


def test_next_after_a_page_that_is_no_longer_on_the_path(q):
    assert routing.next_section(q, {"a": "khong"}, {}, after="two") == "four"


def test_an_unknown_section_is_an_error(q):
    with pytest.raises(KeyError):
        routing.next_section(q, {}, {}, after="zz")


def test_progress_counts_pages_that_may_still_come(q):
    assert routing.progress(q, {}, {}, "one") == (1, 4)
    assert routing.progress(q, {"a": "co"}, {}, "two") == (2, 4)
    assert routing.progress(q, {"a": "khong"}, {}, "four") == (2, 2)
    assert routing.progress(q, {"a": "co", "c": "y"}, {}, "four") == (3, 3)
    assert routing.progress(q, {"a": "khong"}, {}, None) == (2, 2)


def test_going_back_does_not_shrink_the_questionnaire_that_is_known(q):
    answers = {"a": "co", "b": 3, "c": "x", "g": "z"}
    assert routing.progress(q, answers, {}, "one") == (1, 4)
    assert routing.progress(q, {"a": "khong", "b": 3}, {}, "one") == (1, 2)


def test_prune_drops_blanks_and_strangers(q):
    answers = {"g": "z", "a": "co", "b": None, "c": "", "zz": 1, "who": "x"}
    assert routing.prune(q, answers, {}) == {"a": "co", "g": "z"}
    assert list(routing.prune(q, answers, {})) == ["a", "g"]


def test_without_an_eligibility_rule_everybody_is_eligible(q):
    assert routing.is_eligible(q, {}, {})


def test_a_stored_value_that_does_not_fit_is_an_error_not_a_guess(make):
    q = make("type|name|label|relevant\ndate|a|A?|\ntext|b|B?|${a} > '2023-01-01'")
    with pytest.raises(ExpressionError):
        routing.path(q, {"a": "hôm qua"}, {})


def test_a_choice_filter_leaves_options(make):
    q = make(
        "type|name|label|choice_filter\nselect_one p|p|Tỉnh?|\nselect_one x|x|Xã?|tinh = ${p}",
        choices="""
        list_name | name | label | tinh
        p         | hd   | HD    |
        p         | hp   | HP    |
        x         | ca   | Cao An | hd
        x         | lc   | Lai Cách | hd
        x         | vh   | Việt Hòa | hp
        """,
    )
    found = routing.choices(q, q.question("x"), {"p": "hd"}, {})
    assert [choice.name for choice in found] == ["ca", "lc"]
    assert routing.choices(q, q.question("p"), {}, {}) == q.question("p").choices


def test_today_comes_from_the_context(make):
    q = make("type|name|label|relevant\ntext|a|A?|today() >= '2026-01-01'")
    assert names(routing.path(q, {}, {"today": "2026-05-01"})) == [("a", ["a"])]
    assert routing.path(q, {}, {"today": "2025-05-01"}) == ()
    with pytest.raises(ExpressionError):
        routing.path(q, {}, {})
