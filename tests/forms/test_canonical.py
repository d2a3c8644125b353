"""One text for one content."""

import dataclasses
import json

import pytest

from forms import canonical
from forms.canonical import CanonicalError
from forms.model import Question

SURVEY = "type|name|label|hint\ntext|a|A?|Gợi ý\nselect_one yn|b|B?|"


def test_round_trip(c1, make):
    for q in (c1, make(SURVEY)):
        again = canonical.from_json(canonical.to_json(q))
        assert again == q
        assert canonical.to_json(again) == canonical.to_json(q)


def test_where_a_row_stands_is_no_content(make):
    plain = canonical.to_json(make(SURVEY))
    moved = canonical.to_json(make(SURVEY.replace("text|a", "\n\ntext|a")))
    assert moved == plain


def test_any_change_of_content_changes_the_digest(make):
    digests = {
        canonical.sha256(make(text))
        for text in (
            SURVEY,
            SURVEY.replace("Gợi ý", "Gợi y"),
            SURVEY.replace("B?", "C?"),
            SURVEY.replace("|b|", "|c|"),
        )
    }
    assert len(digests) == 4


def test_every_field_of_a_question_is_content(c1):
    """A field added to the model must not be forgotten in the canonical text."""
    changed = {"required": "x", "randomize": True, "labels": {"vi": "x"}, "choices": ()}
    question = c1.question("b3")
    plain = canonical.to_json(c1)
    for each in dataclasses.fields(Question):
        if each.name in ("cells", "kind"):
            continue
        value = changed.get(each.name, {"vi": "x"} if each.name.endswith("s") else "x")
        other = dataclasses.replace(question, **{each.name: value})
        section = dataclasses.replace(c1.section("ho_so"), questions=(other,))
        q = dataclasses.replace(c1, sections=(section,))
        base = dataclasses.replace(
            c1, sections=(dataclasses.replace(section, questions=(question,)),)
        )
        assert canonical.to_json(q) != canonical.to_json(base), each.name
    assert canonical.to_json(c1) == plain


def test_the_text_is_plain_json_with_real_letters(c1):
    text = canonical.to_json(c1)
    assert json.loads(text)["form_id"] == "c1-citizen"
    assert "Rất không hài lòng" in text and "\\u" not in text and "\n" not in text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format":2}', '{"format":1,"zz":1}', "null"])
def test_a_text_that_is_no_questionnaire(text):
    with pytest.raises(CanonicalError):
        canonical.from_json(text)
