"""The browser's evaluator gives what Python's gives: on shared cases and any questionnaire."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms import functions, questionnaires, routing
from forms.expression import ExpressionError
from forms.faces import live
from forms.geography import GEOGRAPHY
from forms.model import Question, Questionnaire
from forms.tree import OF_NODES, SENT, tree
from survey.store import waves as store
from tests.forms.test_expression import CASES
from tests.support import faces
from tests.support.case_forms import rule_of
from tests.support.questionnaires import answers_to
from tests.support.questionnaires import questionnaires as any_questionnaire
from tests.support.source import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SCRIPT = ROOT / "static" / "js" / "live.js"
RUN = """cases => cases.map(([node, env]) => {
  try {
    const value = surveyRules.evaluate(node, env);
    return typeof value === "number" && !Number.isFinite(value) ? ["number", String(value)]
      : [typeof value, value];
  } catch (fault) { return ["fault", fault instanceof RangeError]; }
})"""
APPLYING = "([steps, context, answers]) => surveyRules.applying(steps, context, n => answers[n])"


@pytest.fixture(scope="module")
def script(browser):
    """A page with nothing but the evaluator."""
    context = browser.new_context()
    page = context.new_page()
    page.add_script_tag(path=SCRIPT)
    yield page
    context.close()


def sent_cases():
    for case in CASES:
        if "error" not in case and (made := tree(rule_of(case).node)) is not None:
            yield case, made


def expected(case) -> list:
    if "fault" in case:
        return ["fault", True]
    value = case["value"]
    if value is None:
        return ["object", None]
    kind = {bool: "boolean", str: "string"}.get(type(value), "number")
    if kind == "number" and not math.isfinite(value):
        return [kind, str(value)]
    return [kind, value]


def test_the_shared_cases_give_the_same_in_the_browser(script):
    cases = list(sent_cases())
    found = script.evaluate(RUN, [[made, case.get("env", {})] for case, made in cases])
    wrong = [
        (case["rule"], case.get("env"), got)
        for (case, _), got in zip(cases, found, strict=True)
        if got != expected(case)
    ]
    assert wrong == []
    assert len(cases) > 200


def test_every_function_is_sent_or_left_to_the_server_on_purpose():
    assert functions.PLAIN.keys() - SENT == GEOGRAPHY.keys() | OF_NODES | {"digest"}
    used = {part for _, made in sent_cases() for part in ops(made)}
    assert used == SENT, "a function of the browser that no shared case calls"


def ops(made):
    yield made[0]
    for part in made[3:]:
        yield from ops(part)


def in_box(question: Question, value) -> object:
    """What stands in the page for a stored value."""
    return value if value is None or isinstance(value, list) else str(value)


def same_path(script, q: Questionnaire, answers, context) -> None:
    made = live.live(q)
    if made is None:
        return
    about = {name: context.get(name, "") for name in made.reads}
    about["today()"] = context.get("today", "2024-05-06")
    boxes = {each.name: in_box(each, answers.get(each.name)) for each in q if each.is_asked}
    found = script.evaluate(APPLYING, [json.loads(json.dumps(made.steps)), about, boxes])
    path, _ = routing.trace(q, answers, {"today": "2024-05-06", **context})
    applies = {each.name for _, questions in path for each in questions}
    assert {name: name in applies for name in found} == found


PROPERTY = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[
        *(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture)
    ],
)


def stored(q, answers, context):
    try:
        return faces.by_pages(q, answers, context).values
    except ExpressionError:
        return {}


@PROPERTY
@given(st.data())
def test_the_browser_shows_what_the_server_asks_on_any_questionnaire(script, data):
    q = data.draw(any_questionnaire())
    answers = data.draw(answers_to(q, also_wrong=False))
    context = {"today": "2024-05-06", "nguon": data.draw(st.sampled_from(["", "x"]))}
    same_path(script, q, stored(q, answers, context), context)


@settings(parent=PROPERTY, max_examples=30)
@given(st.data())
def test_the_browser_shows_what_the_server_asks_on_shipped_questionnaires(script, data):
    q = questionnaires.load(data.draw(st.sampled_from(questionnaires.names())))
    answers = data.draw(answers_to(q, also_wrong=False))
    hidden = {row.name: "x" for row in q.variables if row.kind == "hidden"}
    context = {"today": "2024-05-06", **hidden}
    same_path(script, q, stored(q, answers, context), context)


#: A page, and what the browser holds of it.
SHOWN = "[...document.querySelectorAll('[id^=q-]')].filter(e => e.offsetParent).map(e => e.id)"


def asked(answers) -> set[str]:
    """What the server would ask of somebody with these answers."""
    q = questionnaires.load("c1-citizen")
    context = {row.name: "x" for row in q.variables if row.kind == "hidden"}
    path = routing.path(q, answers, {"today": "2024-05-06", **context})
    return {f"q-{each.name}" for _, questions in path for each in questions}


@pytest.fixture
def one_page(site):
    """The demonstration's wave, everything on one page, and as it was."""
    url, wave, _ = site

    def set_(layout: str) -> None:
        with wave.database.write() as session:
            found = store.get(session, wave.slug)
            found.settings = {**found.settings, "layout": layout}

    set_("one_page")
    yield url, wave
    set_("sections")


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 740}}], indirect=True)
def test_questions_come_and_go_with_the_answers_on_one_page(page, one_page):
    url, wave = one_page
    sizes = {}

    def note(request) -> None:
        size = request.sizes()
        sizes[request.url] = size["responseBodySize"] + size["responseHeadersSize"]

    page.on("requestfinished", note)
    page.goto(f"{url}/P/{wave.codes()[0]}")
    assert sum(sizes.values()) <= 14_336
    # Words for who is not asked further have no place on a page that holds everything.
    present = set(page.evaluate("[...document.querySelectorAll('[id^=q-]')].map(e => e.id)"))
    page.locator("input[name=a1]").first.focus()
    # Waiting in the page would need eval, which its content policy forbids.
    for _ in range(200):
        if page.evaluate("Boolean(window.surveyRules)"):
            break
        page.wait_for_timeout(50)
    for answers in ({}, {"a1": "co"}, {"a1": "co", "a2": "co"}, {"a1": "khong", "a2": "co"}):
        for name, value in answers.items():
            page.locator(f"input[name={name}][value={value}]").check()
        assert set(page.evaluate(SHOWN)) == {"q-consent", *(asked(answers) & present)}
    assert 0 < page.locator("h2.part:visible").count() < page.locator("h2.part").count()
    assert any("live.js" in url for url in sizes)
    assert sum(sizes.values()) < 60_000


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_everything_stands_there_and_says_when_it_applies(page, one_page):
    url, wave = one_page
    page.goto(f"{url}/P/{wave.codes()[0]}")
    assert page.locator("#q-i1").is_visible()
    assert page.locator(".when").first.is_visible()
