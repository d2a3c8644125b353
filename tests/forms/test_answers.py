"""What a page sends: typed values, or a problem that can be shown beside the question."""
# ruff: noqa: E501 (sheets are drawn as wide as they are)

import unicodedata

import pytest

from forms import answers, messages
from forms.model import MAX_TEXT

SURVEY = """
type               | name | label | required    | required_message | constraint              | constraint_message | relevant
select_one yn      | f    | F?    |             |                  |                         |                    |
begin group        | g    | G     |             |                  |                         |                    |
select_one yn      | a    | A?    | yes         | Cần trả lời A    |                         |                    |
select_multiple s5 | m    | M?    |             |                  | count-selected(.) <= 2  |                    |
integer            | i    | I?    | ${a} = 'co' |                  | . >= 0 and . <= 99      | 0 đến 99           |
decimal            | d    | D?    |             |                  |                         |                    |
text               | t    | T?    |             |                  | string-length(.) <= 5   |                    |
text               | u    | U?    |             |                  |                         |                    |
date               | n    | N?    |             |                  | . <= today()            |                    |
integer            | j    | J?    |             |                  | . > ${i}                | Lớn hơn ${i}       |
note               | note | Đọc   |             |                  |                         |                    |
text               | h    | H?    | yes         |                  |                         |                    | ${f} = 'co'
end group          |      |       |             |                  |                         |                    |
"""  # fmt: skip
TODAY = {"today": "2023-11-20"}


@pytest.fixture
def send(make):
    q = make(SURVEY)

    def sent(stored=None, **raw):
        raw = {name: [each] if isinstance(each, str) else each for name, each in raw.items()}
        return answers.parse(q, "g", raw, stored or {}, TODAY)

    return sent


def codes(parsed):
    return {name: problem.code for name, problem in parsed.problems.items()}


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("a", "khong", "khong"),
        ("m", ["5", "1"], ["1", "5"]),
        ("m", ["5", "5"], ["5"]),
        ("m", ["98"], ["98"]),
        ("m", [], None),
        ("i", " 7 ", 7),
        ("i", "+7", 7),
        ("i", "007", 7),
        ("d", "2,5", 2.5),
        ("d", "2.5", 2.5),
        ("d", "0,125", 0.125),
        ("d", "-3", -3.0),
        ("d", "1234,567", 1234.567),
        ("t", "  a\r\nb ", "a\nb"),
        ("t", unicodedata.normalize("NFD", "Giàng"), "Giàng"),
        ("u", "a\u200bb\x00c", "abc"),
        ("u", "   ", None),
        ("n", "2023-11-20", "2023-11-20"),
        ("n", "05/09/2023", "2023-09-05"),
        ("n", "5/9/2023", "2023-09-05"),
    ],
)
def test_a_value(send, name, raw, value):
    parsed = send(**{"a": "khong", name: raw})
    assert codes(parsed) == {}
    assert parsed.values[name] == value
    assert type(parsed.values[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("a", "", "answer.required"),
        ("a", [], "answer.required"),
        ("a", "maybe", "answer.unknown_choice"),
        ("a", ["co", "khong"], "answer.one_choice"),
        ("m", ["1", "zz"], "answer.unknown_choice"),
        ("m", ["1", "98"], "answer.exclusive_choice"),
        ("i", "3.5", "answer.not_integer"),
        ("i", "1.000", "answer.ambiguous_number"),
        ("i", "ba", "answer.not_integer"),
        ("i", "٣", "answer.not_integer"),
        ("i", "9" * 40, "answer.not_integer"),
        ("i", "100", "answer.constraint"),
        ("i", "-1", "answer.constraint"),
        ("d", "1.234", "answer.ambiguous_number"),
        ("d", "1,234,567", "answer.ambiguous_number"),
        ("d", "nan", "answer.not_decimal"),
        ("d", "1e400", "answer.not_decimal"),
        ("t", "123456", "answer.constraint"),
        ("u", "x" * (MAX_TEXT + 1), "answer.too_long"),
        ("n", "2023-02-30", "answer.not_date"),
        ("n", "20/11", "answer.not_date"),
        ("n", "2023-11-21", "answer.constraint"),
    ],
)
def test_a_problem(send, name, raw, code):
    parsed = send(**{"a": "khong", name: raw})
    assert codes(parsed) == {name: code}
    assert name not in parsed.values


def test_more_than_the_most_options(make):
    q = make(
        "type|name|label|constraint\nselect_multiple l|m|M?|count-selected(.) <= 2",
        choices="list_name|name|label\nl|a|A\nl|b|B\nl|c|C",
    )
    assert answers.parse(q, "m", {"m": ["a", "b"]}, {}, {}).values == {"m": ["a", "b"]}
    parsed = answers.parse(q, "m", {"m": ["a", "b", "c"]}, {}, {})
    assert codes(parsed) == {"m": "answer.constraint"}


def test_a_question_that_does_not_apply_is_neither_stored_nor_required(send):
    parsed = send(a="khong", h="sneaked in")
    assert "h" not in parsed.values and "h" not in parsed.problems
    assert codes(send({"f": "co"}, a="khong")) == {"h": "answer.required"}


def test_required_may_depend_on_an_answer_of_the_same_page(send):
    assert codes(send(a="co")) == {"i": "answer.required"}
    assert codes(send(a="khong")) == {}


def test_a_blank_clears_what_was_stored(send):
    parsed = send({"t": "old", "m": ["1"]}, a="khong", t="")
    assert parsed.values["t"] is None and parsed.values["m"] is None


def test_a_rule_looks_at_what_was_sent_not_at_what_was_stored(send):
    assert codes(send({"i": 50}, a="khong", i="1", j="2")) == {}
    assert codes(send({"i": 1}, a="khong", i="50", j="2")) == {"j": "answer.constraint"}


def test_messages_are_the_authors_where_there_are_any(send):
    problems = send(a="").problems
    assert problems["a"].message("vi") == "Cần trả lời A"
    assert problems["a"].message("en") == "Please answer this question."
    assert problems["a"].message("fr") == "Cần trả lời A"
    assert send(a="khong", i="7", j="6").problems["j"].message("vi") == "Lớn hơn 7"


def test_a_note_is_no_answer_and_strangers_are_ignored(send):
    parsed = send(a="co", i="1", note="x", csrf_token="y", zz="z")
    assert not {"note", "csrf_token", "zz"} & parsed.values.keys()
    assert codes(parsed) == {}


def test_a_choice_that_the_filter_hides_is_unknown(make):
    q = make(
        "type|name|label|choice_filter\nselect_one p|p|Tỉnh?|\nselect_one x|x|Xã?|tinh = ${p}",
        choices="list_name|name|label|tinh\np|hd|HD|\nx|ca|Cao An|hd\nx|vh|Việt Hòa|hp",
    )
    assert answers.parse(q, "x", {"x": ["ca"]}, {"p": "hd"}, {}).values == {"x": "ca"}
    parsed = answers.parse(q, "x", {"x": ["vh"]}, {"p": "hd"}, {})
    assert codes(parsed) == {"x": "answer.unknown_choice"}


def test_an_unknown_section_is_an_error(make):
    with pytest.raises(KeyError):
        answers.parse(make("type|name|label\ntext|a|A?"), "zz", {}, {}, {})


def test_every_message_says_the_same_fields_in_both_languages():
    class Seen(dict):
        def __missing__(self, key):
            self[key] = "?"
            return "?"

    for code, pair in messages.MESSAGES.items():
        fields = []
        for text in pair:
            seen = Seen()
            _ = text % seen
            fields.append(set(seen))
        assert fields[0] == fields[1], code
