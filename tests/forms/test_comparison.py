"""Which items stay comparable between two versions: the rule, change by change."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings

from forms import canonical, comparison
from forms.comparison import Verdict, compare
from forms.model import Choice, Kind, Question, Questionnaire, Section
from tests.support.questionnaires import questionnaires

SAME, COMPARABLE, JUDGE, BROKEN = (
    *(Verdict.SAME, Verdict.COMPARABLE),
    *(Verdict.JUDGE, Verdict.BROKEN),
)
YES_NO = (Choice("co", {"vi": "Có"}), Choice("khong", {"vi": "Không"}))
ASKED = Question(
    "q2",
    Kind.SELECT_ONE,
    {"vi": "Ông/bà hài lòng không?"},
    list_name="ck",
    choices=YES_NO,
    relevant="${q1} > 3",
    concept="chung",
)
BEFORE = Questionnaire(
    "p",
    "1",
    {"vi": "Phiếu"},
    ("vi", "en"),
    "vi",
    (
        Section("a", {"vi": "A"}, questions=(Question("q1", Kind.INTEGER, {"vi": "Tuổi 1,5?"}),)),
        Section("b", {"vi": "B"}, "${tuoi} > 0", (ASKED, Question("q3", Kind.TEXT, {"vi": "?"}))),
    ),
    (Question("tuoi", Kind.CALCULATE, calculation="${q1} + 1"),),
)


def version(q: Questionnaire = BEFORE, **by_name) -> Questionnaire:
    def of(row: Question) -> Question:
        return replace(row, **by_name.get(row.name, {}))

    sections = tuple(replace(s, questions=tuple(map(of, s.questions))) for s in q.sections)
    return replace(q, version="2", sections=sections, variables=tuple(map(of, q.variables)))


def verdicts(after: Questionnaire) -> dict[str, Verdict]:
    return {each.name: each.verdict for each in compare(BEFORE, after).items}


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({}, SAME),
        ({"labels": {"vi": "Ông/bà  hài lòng không"}}, COMPARABLE),
        ({"labels": {"vi": "Ông/bà hài lòng không?", "en": "Satisfied?"}}, COMPARABLE),
        ({"labels": {"vi": "Ông/bà có hài lòng không?"}}, JUDGE),
        ({"hints": {"vi": "Chọn một"}}, JUDGE),
        ({"guidance": {"vi": "Đọc to"}}, COMPARABLE),
        ({"required_messages": {"vi": "Xin trả lời"}}, COMPARABLE),
        ({"item": "hài lòng"}, COMPARABLE),
        ({"required": "true()"}, JUDGE),
        ({"constraint": ". != ''"}, JUDGE),
        ({"randomize": True}, JUDGE),
        ({"parameters": {"direction": "random"}}, JUDGE),
        ({"parameters": {"rr": "warner"}}, BROKEN),
        ({"appearance": "minimal"}, COMPARABLE),
        ({"appearance": "likert"}, JUDGE),
        ({"choices": YES_NO[::-1]}, JUDGE),
        ({"choices": (replace(YES_NO[0], labels={"vi": "Đúng"}), YES_NO[1])}, JUDGE),
        ({"choices": (*YES_NO, Choice("kb", {"vi": "Không biết"}))}, BROKEN),
        ({"choices": YES_NO[:1]}, BROKEN),
        ({"choices": (YES_NO[0], replace(YES_NO[1], missing="tu_choi"))}, BROKEN),
        ({"kind": Kind.SELECT_MULTIPLE}, BROKEN),
        ({"relevant": "${q1} >= 3"}, BROKEN),
        ({"relevant": " ${q1}  > 3"}, SAME),
        ({"concept": "khác"}, BROKEN),
    ],
)
def test_the_rule_says_how_far_an_item_may_be_compared(values, verdict):
    assert verdicts(version(q2=values)) == {"q1": SAME, "q2": verdict, "q3": SAME, "tuoi": SAME}


def scale(*labels: str) -> dict[str, tuple[Choice, ...]]:
    return {"choices": tuple(Choice(str(k), {"vi": x}) for k, x in enumerate(labels, 1))}


@pytest.mark.parametrize(
    ("labels", "verdict"),
    [
        (("Kém", "Khá", "Tốt"), SAME),
        (("Tốt", "Khá", "Kém"), BROKEN),  # the codes mean the contrary now
        (("Khá", "Kém", "Tốt"), BROKEN),
        (("Kém", "Được", "Tốt"), JUDGE),
        (("Kém", "Khá", "Khá"), JUDGE),  # two alike: a slip, not a turn
    ],
)
def test_a_code_that_takes_over_what_another_said_is_broken(labels, verdict):
    before = version(q2=scale("Kém", "Khá", "Tốt"))
    found = compare(before, version(q2=scale(*labels)))
    assert {each.name: each.verdict for each in found.items}["q2"] is verdict


def test_a_comma_inside_a_number_is_part_of_the_wording():
    assert verdicts(version(q1={"labels": {"vi": "Tuổi 15?"}}))["q1"] is JUDGE
    assert verdicts(version(q1={"labels": {"vi": "Tuổi 1,5"}}))["q1"] is COMPARABLE


def test_who_is_asked_hangs_on_page_eligibility_and_calculations():
    page = replace(BEFORE.sections[1], relevant="")
    assert verdicts(replace(BEFORE, sections=(BEFORE.sections[0], page))) == {
        "q1": SAME,
        "q2": BROKEN,
        "q3": BROKEN,
        "tuoi": SAME,
    }
    calculated = verdicts(version(tuoi={"calculation": "${q1} + 2"}))
    assert calculated == {"q1": SAME, "q2": BROKEN, "q3": BROKEN, "tuoi": BROKEN}
    narrowed = verdicts(replace(BEFORE, eligibility="${q1} > 17"))
    assert narrowed == {"q1": BROKEN, "q2": BROKEN, "q3": BROKEN, "tuoi": SAME}


def test_what_hangs_on_a_broken_item_needs_judgement():
    found = verdicts(version(q1={"kind": Kind.DECIMAL}))
    assert found["q1"] is BROKEN
    assert found["q2"] is JUDGE
    # Its page's condition reads the calculation, and that reads the broken item.
    assert found["q3"] is JUDGE


def test_rows_that_only_one_version_has():
    first, second = BEFORE.sections
    new = Question("moi", Kind.TEXT, {"vi": "Mới"})
    after = replace(BEFORE, sections=(first, replace(second, questions=(new, ASKED))))
    found = verdicts(after)
    assert found["moi"] is Verdict.ADDED
    assert found["q3"] is Verdict.REMOVED
    assert found["q2"] is SAME


def test_the_fewest_rows_that_moved_are_named():
    first, second = BEFORE.sections
    after = replace(BEFORE, sections=(second, first))
    moved = [x.name for x in compare(BEFORE, after).items for c in x.changes if c.aspect == "place"]
    assert moved == ["q1"]


@settings(max_examples=30)
@given(questionnaires())
def test_a_questionnaire_read_back_is_the_same_in_every_item(q):
    found = compare(q, canonical.from_json(canonical.to_json(q)))
    assert found.whole == ()
    assert {each.verdict for each in found.items} == {SAME}


def test_no_field_of_a_row_can_change_unseen():
    told = {*comparison._PLAIN, *comparison._TEXTS}
    told |= {"name", "parameters", "appearance", "choices", "relevant", "media"}
    #: Where a row stands in its workbook, and the name of its list: neither is what is asked.
    assert {each.name for each in fields(Question)} - told == {"cells", "list_name"}
    whole = {"form_id", "version", "titles", "languages", "default_language", "eligibility"}
    rest = {each.name for each in fields(Questionnaire)} - whole
    assert rest == {"sections", "variables", "settings", "cells", "files"}
    assert {each.name for each in fields(Choice)} == {
        *("name", "labels", "media", "missing", "columns", "cells"),
    }
