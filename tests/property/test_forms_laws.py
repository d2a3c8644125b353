"""Laws of questionnaires that hold for all answers, and for all questionnaires."""

from __future__ import annotations

import contextlib
import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forms import answers as form_answers
from forms import canonical, routing, xlsform
from forms.expression import ExpressionError, parse
from forms.model import ASKED, Choice, Kind, Question, Questionnaire, Section
from forms.questionnaires import load

pytestmark = pytest.mark.property

C1 = load("c1-citizen")
WORDS = st.text("abcABCđàệ '\"<>%\n", max_size=12)


def value_of(question: Question) -> st.SearchStrategy:
    names = [choice.name for choice in question.choices]
    if question.kind is Kind.SELECT_ONE:
        return st.sampled_from(names)
    if question.kind is Kind.SELECT_MULTIPLE:
        return st.lists(st.sampled_from(names), unique=True)
    return WORDS


def answers_to(q: Questionnaire) -> st.SearchStrategy:
    asked = {each.name: st.none() | value_of(each) for each in q if each.kind in ASKED}
    return st.fixed_dictionaries({}, optional=asked)


contexts = st.fixed_dictionaries(
    {
        "unit_name": st.sampled_from(["Xã Cao An", "Thị trấn Cẩm Giang"]),
        "case_field": st.sampled_from(["", "dat_dai"]),
        "case_channel": st.sampled_from(["", "truc_tiep"]),
    }
)
raw_pages = st.dictionaries(
    st.sampled_from([each.name for each in C1] + ["zz", "csrf_token"]),
    st.lists(st.sampled_from(["co", "khong", "1", "5", "98", "nhanh_hon", "", "zz"]), max_size=5),
)


def _answered(answers):
    return {name: value for name, value in answers.items() if value is not None}


def shown(q, answers, context):
    return {each.name for _, questions in routing.path(q, answers, context) for each in questions}


@given(answers_to(C1), contexts, raw_pages, st.sampled_from(C1.sections))
def test_a_hidden_question_is_never_required_nor_stored(answers, context, raw, section):
    parsed = form_answers.parse(C1, section.name, raw, answers, context)
    own = {each.name for each in section.questions}
    earlier = {name: value for name, value in answers.items() if name not in own}
    visible = shown(C1, earlier, context) & own
    assert parsed.problems.keys() <= visible
    assert parsed.values.keys() <= visible
    assert not parsed.values.keys() & parsed.problems.keys()
    asked = {name for name in visible if C1.question(name).is_asked}
    assert parsed.values.keys() | parsed.problems.keys() == asked


@given(answers_to(C1), contexts)
def test_pruning_twice_is_pruning_once_and_keeps_the_path(answers, context):
    once = routing.prune(C1, answers, context)
    assert routing.prune(C1, once, context) == once
    assert routing.path(C1, once, context) == routing.path(C1, answers, context)
    assert once.keys() <= shown(C1, answers, context)
    assert all(once[name] == answers[name] for name in once)


@given(answers_to(C1), contexts)
def test_what_was_accepted_is_accepted_again(answers, context):
    """Stored values, sent again as a page sends them, come back unchanged."""
    for section, _ in routing.path(C1, answers, context):
        raw = {
            each.name: value if isinstance(value, list) else [value]
            for each in section.questions
            if (value := answers.get(each.name)) is not None
        }
        first = form_answers.parse(C1, section.name, raw, answers, context).values
        again = {
            name: value if isinstance(value, list) else [value]
            for name, value in first.items()
            if value is not None
        }
        repeated = form_answers.parse(C1, section.name, again, answers, context).values
        # An answer that was refused is not sent again: the second time it is merely missing.
        refused = dict.fromkeys(repeated.keys() - first.keys())
        assert repeated == first | refused


@given(answers_to(C1), contexts)
def test_walking_forward_visits_the_path_and_progress_never_falls(given_answers, context):
    # A page lets nobody on who left out what it requires.
    given_answers = {"a1": "co", "a2": "co", **_answered(given_answers)}
    answers, section, done, visited = {}, None, 0.0, []
    while section := routing.next_section(C1, answers, context, after=section):
        step, steps = routing.progress(C1, answers, context, section)
        assert 1 <= step <= steps
        assert step == len(visited) + 1
        assert step / steps > done
        done = step / steps
        visited.append(section)
        own = {each.name for each in C1.section(section).questions}
        answers |= {name: value for name, value in given_answers.items() if name in own}
    assert visited == [each.name for each, _ in routing.path(C1, answers, context)]
    assert done == 1


@given(answers_to(C1), contexts)
def test_next_and_previous_are_inverse(answers, context):
    names = [section.name for section, _ in routing.path(C1, answers, context)]
    for before, after in zip(names, names[1:], strict=False):
        assert routing.next_section(C1, answers, context, after=before) == after
        assert routing.previous_section(C1, answers, context, before=after) == before


# Any questionnaire

IDENTIFIERS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.dictionaries(st.sampled_from(["vi", "en"]), WORDS.filter(bool), max_size=2)


@st.composite
def questionnaires(draw) -> Questionnaire:
    names = draw(st.lists(IDENTIFIERS, min_size=1, max_size=6, unique=True))
    questions = []
    for name in names:
        kind = draw(st.sampled_from([Kind.SELECT_ONE, Kind.TEXT, Kind.INTEGER, Kind.NOTE]))
        choices = ()
        if kind is Kind.SELECT_ONE:
            options = draw(st.lists(IDENTIFIERS, min_size=1, max_size=3, unique=True))
            reason = draw(st.sampled_from(["", "tu_choi"]))
            choices = tuple(Choice(each, draw(TEXTS), reason) for each in options)
        relevant = ""
        if questions and draw(st.booleans()):
            relevant = f"${{{draw(st.sampled_from(questions)).name}}} != ''"
        questions.append(
            Question(
                name,
                kind,
                labels=draw(TEXTS),
                choices=choices,
                relevant=relevant,
                sensitive=draw(st.booleans()),
            )
        )
    return Questionnaire(
        form_id=draw(IDENTIFIERS),
        version="1",
        titles=draw(TEXTS),
        languages=("vi", "en"),
        default_language="vi",
        sections=tuple(Section(f"s_{each.name}", questions=(each,)) for each in questions),
    )


@given(questionnaires())
def test_canonical_round_trip(q):
    again = canonical.from_json(canonical.to_json(q))
    assert again == q
    assert canonical.sha256(again) == canonical.sha256(q)


@given(questionnaires(), questionnaires())
def test_two_questionnaires_share_a_digest_only_if_they_are_equal(first, second):
    assert (canonical.sha256(first) == canonical.sha256(second)) == (first == second)


@given(questionnaires(), st.data())
def test_pruning_any_questionnaire_twice_is_pruning_once(q, data):
    answers = data.draw(answers_to(q))
    answers = {
        name: 1 if q.question(name).kind is Kind.INTEGER else v for name, v in answers.items()
    }
    once = routing.prune(q, answers, {})
    assert routing.prune(q, once, {}) == once


# Anything at all


@given(st.text(max_size=40))
@example("${a")
@example("'")
@example("((((")
@example("${a}[1]")
@example("@a")
@example("9" * 30)
@example("1e999")
def test_a_rule_is_compiled_or_refused_never_anything_else(source):
    try:
        rule = parse(source)
    except ExpressionError:
        return
    with contextlib.suppress(ExpressionError):
        rule.value({})


tokens = st.sampled_from(
    ["${a}", "${d}", "1", "2.5", "'x'", "'2023-09-05'", "today()", "(", ")", "and", "or", "=", "<"]
    + ["+", "-", "*", "div", "mod", "not(", "selected(", "if(", ",", "coalesce(", "round(", "."]
)


@given(st.lists(tokens, max_size=9).map(" ".join))
def test_a_rule_made_of_real_tokens_gives_a_value_or_an_expression_error(source):
    env = {"a": "5", "d": "2023-09-05", "today()": "2023-11-20", ".": "x"}
    with contextlib.suppress(ExpressionError):
        parse(source, {"a": "string", "d": "date", ".": "string"}).holds(env)


cells = st.sampled_from(
    [
        "",
        "type",
        "name",
        "label",
        "label::en",
        "text",
        "select_one yn",
        "yn",
        "a",
        "b",
        "begin group",
    ]
    + ["end group", "relevant", "${a} = 1", "list_name", "form_id", "version", "1", "vi", "zz", "="]
    + ["default_language", "calculate", "calculation", "hidden", "constraint", ". > 1", "note"]
)
grids = st.lists(st.lists(cells, max_size=5), max_size=6)


@given(grids, grids, grids)
def test_any_sheets_are_read_or_refused_with_cells(survey, choices, settings):
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
            with (Path(folder) / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        try:
            q = xlsform.read(folder)
        except xlsform.XlsformError as error:
            assert error.problems
            assert all(
                each.row >= 1 and each.column >= 1 and each.message for each in error.problems
            )
        else:
            assert canonical.from_json(canonical.to_json(q)) == q
            routing.path(q, {}, {"today": "2023-11-20"})
