"""The citizen questionnaire: its promises to the respondent and to the index."""

import pytest

from forms import routing
from forms.model import Kind
from forms.questionnaires import load

FACTORS = {"access": 4, "procedure": 4, "officer": 5, "result": 3, "feedback": 3, "overall": 1}
ELIGIBLE = {"a1": "co", "a2": "co", "a3": "tu", "a4": "khong"}


def shown(q, answers, context):
    return {each.name for _, questions in routing.path(q, answers, context) for each in questions}


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        load("../c1-citizen")


def test_the_items_of_each_factor(c1):
    ratings = [each for each in c1 if each.is_rating]
    assert {
        concept: sum(each.concept == concept for each in ratings) for concept in FACTORS
    } == FACTORS
    assert len(ratings) == sum(FACTORS.values())


def test_every_rating_has_the_same_scale_from_the_worst_to_the_best_with_no_opinion_apart(c1):
    for each in c1:
        if each.is_rating:
            assert [c.name for c in each.choices] == ["1", "2", "3", "4", "5", "98"]
            assert [c.missing for c in each.choices] == [""] * 5 + ["khong_y_kien"]


def test_only_the_screening_is_required(c1):
    assert [each.name for each in c1 if each.required] == ["a1", "a2", "a3", "a4"]


def test_names_that_other_rooms_rely_on(c1):
    fields = ["chung_thuc", "ho_tich", "dat_dai", "bao_tro_xa_hoi", "nguoi_co_cong", "khac"]
    assert [c.name for c in c1.question("b1").choices] == fields
    assert [c.name for c in c1.question("b2").choices] == ["truc_tiep", "truc_tuyen", "buu_chinh"]
    assert [c.name for c in c1.question("a3").choices] == [
        *("tu", "nguoi_nha", "dieu_tra_vien", "can_bo")
    ]
    assert c1.question("a3").concept == "assistance"
    assert c1.question("a4").concept == "officer_present"
    assert [each.name for each in c1.variables] == ["unit_name", "case_field", "case_channel"]


def test_nothing_asks_where_or_who_somebody_is(c1):
    """No position, name or telephone number; the one free text warns against writing them."""
    assert {each.kind for each in c1} <= {
        Kind.SELECT_ONE,
        Kind.SELECT_MULTIPLE,
        Kind.TEXT,
        Kind.NOTE,
    }
    assert [each.name for each in c1 if each.kind is Kind.TEXT] == ["j2"]
    assert "số điện thoại" in c1.question("j2").hints["vi"]


@pytest.mark.parametrize("answers", [{"a1": "khong", "a2": "co"}, {"a1": "co", "a2": "khong"}])
def test_who_is_not_eligible_is_thanked_and_asked_nothing_more(c1, context, answers):
    assert shown(c1, answers, context) == {"a1", "a2", "a3", "a4", "ket_thuc_loi"}
    assert not routing.is_eligible(c1, answers, context)
    assert routing.next_section(c1, answers, context, after="sang_loc") == "ket_thuc"
    assert routing.next_section(c1, answers, context, after="ket_thuc") is None


def test_who_is_eligible_never_sees_that_end(c1, context):
    assert routing.is_eligible(c1, ELIGIBLE, context)
    assert "ket_thuc_loi" not in shown(c1, ELIGIBLE, context)


def test_what_the_code_already_tells_is_not_asked(c1, context):
    assert {"b1", "b2", "b3"} <= shown(c1, ELIGIBLE, context)
    known = {**context, "case_field": "dat_dai", "case_channel": "truc_tiep"}
    assert {"b1", "b2"}.isdisjoint(shown(c1, ELIGIBLE, known))
    assert "b3" in shown(c1, ELIGIBLE, known)


@pytest.mark.parametrize(
    ("fact", "only_then"), [("h3", {"f3", "h3b"}), ("g0", {"g3"})], ids=["late", "feedback used"]
)
def test_a_rating_of_what_did_not_happen_is_not_asked(c1, context, fact, only_then):
    for answer in ({}, {fact: "khong"}, {fact: "khong_nho"}):
        assert only_then.isdisjoint(shown(c1, {**ELIGIBLE, **answer}, context))
    assert only_then <= shown(c1, {**ELIGIBLE, fact: "co"}, context)


def test_the_sensitive_questions_come_last_on_their_page_and_can_be_skipped(c1):
    page = [each.name for each in c1.section("thuc_te").questions]
    assert page[-2:] == ["h6", "h5"]
    for name in ("h5", "h6", "k6"):
        question = c1.question(name)
        assert question.sensitive and not question.required
        assert "tu_choi" in {choice.missing for choice in question.choices}


def test_opinions_come_before_the_facts_that_could_colour_them(c1):
    order = [each.name for each in c1]
    ratings = [order.index(each.name) for each in c1 if each.is_rating]
    assert max(ratings) < order.index("h1") < order.index("h5") < order.index("j1")
    assert order.index("k1") > order.index("j2")


def test_wishes_are_in_random_order_ratings_never(c1):
    assert [each.name for each in c1 if each.randomize] == ["j1"]
