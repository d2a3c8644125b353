"""The pages, the XForm and ODK's engine: one questionnaire, one outcome of every interview."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from forms import questionnaires as shipped
from forms.faces import xform
from forms.model import Kind
from tests.support import faces, javarosa, odk
from tests.support.questionnaires import BLANK, answers_to, questionnaires

pytestmark = pytest.mark.property

SHIPPED = [shipped.load(name) for name in shipped.names()]
#: What a form's constraint stands for: the page gives these reasons their own names.
AS_CONSTRAINT = {"answer.exclusive_choice", "answer.too_long"}


def contexts(q):
    texts = st.sampled_from(["", "x", "Xã Cao An"])
    hidden = {row.name: texts for row in q.variables if row.kind == "hidden"}
    return st.fixed_dictionaries({"today": st.just(date.today().isoformat()), **hidden})  # noqa: DTZ011


@st.composite
def interviews(draw, kinds, *, also_wrong=True):
    q = draw(kinds)
    return q, draw(answers_to(q, also_wrong=also_wrong)), draw(contexts(q))


def sides(q, answers, context):
    pages, submission = (
        faces.by_pages(q, answers, context),
        faces.by_submission(q, answers, context),
    )
    assert submission.values == pages.values
    assert submission.refused == pages.refused
    assert submission.skipped == pages.skipped
    return pages


@given(interviews(st.sampled_from(SHIPPED)))
@settings(deadline=None, max_examples=40)
def test_a_submission_is_read_as_the_pages_read_it_on_shipped_questionnaires(interview):
    sides(*interview)


@given(interviews(questionnaires(more=(Kind.IMAGE, Kind.AUDIO))))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_a_submission_is_read_as_the_pages_read_it_on_any_questionnaire(interview):
    sides(*interview)


@pytest.fixture(scope="module")
def engine():
    if reason := javarosa.missing():
        pytest.skip(reason)
    with javarosa.engine() as running:
        yield running


def offered(q, answers, context):
    """Answers that a client can give: it shows only the options that a filter leaves."""
    while unknown := {
        name
        for name, code in faces.by_pages(q, answers, context).refused.items()
        if code == "answer.unknown_choice"
    }:
        answers = {**answers, **dict.fromkeys(unknown, BLANK)}
    return answers


def engine_agrees(engine, folder, interview):
    """ODK's engine asks the same questions, refuses the same answers, sends the same values."""
    q, answers, context = interview
    answers = offered(q, answers, context)
    path = folder / f"{xform.build(q).sha256[:16]}.xml"
    if not path.exists():
        path.write_bytes(xform.build(q).xml)
    texts = {name: each.xml for name, each in answers.items()}
    hidden = {name: text for name, text in context.items() if name != "today"}
    done = engine.fill(path, texts, hidden)
    pages = faces.by_pages(q, answers, context)
    as_engine = {
        name: "answer.constraint" if code in AS_CONSTRAINT else code
        for name, code in pages.refused.items()
    }
    assert done.refused == as_engine
    sent = faces.read(q, done.xml, context)
    assert sent.values == pages.values
    assert sent.skipped == set()  # the engine has dropped what does not apply


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("forms")


ENGINE = settings(
    deadline=None,
    max_examples=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # the engine is too slow to shrink with
    suppress_health_check=[
        *(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture)
    ],
)


@ENGINE
@given(interviews(st.sampled_from(SHIPPED), also_wrong=False))
def test_odk_s_engine_agrees_on_shipped_questionnaires(engine, folder, interview):
    engine_agrees(engine, folder, interview)


@ENGINE
@given(interviews(questionnaires(), also_wrong=False))
def test_odk_s_engine_agrees_on_any_questionnaire(engine, folder, interview):
    engine_agrees(engine, folder, interview)


@pytest.mark.long
@settings(parent=ENGINE, max_examples=1500)
@given(interviews(questionnaires(), also_wrong=False))
def test_odk_s_engine_agrees_on_many_questionnaires(engine, folder, interview):
    engine_agrees(engine, folder, interview)


@pytest.mark.long
@settings(parent=ENGINE, max_examples=60)
@given(questionnaires())
def test_random_questionnaires_pass_odk_validate(folder, q):
    odk.validate(xform.build(q).xml, folder)
