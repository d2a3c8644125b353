"""Pages of questions: each is rendered once for everybody and then only filled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup, escape

from forms import defaults, duration, routing, wording
from forms.answers import Parsed, Problem
from forms.faces import compiled as face
from forms.faces.compiled import Filling, Template, hole
from forms.faces.web import shown as shown_values
from forms.model import FILES, Kind, Question, Questionnaire, Section
from forms.pages import Layout
from survey.domain.codes import grouped
from survey.services.respond import Page
from survey.web.assets import stylesheet
from survey.web.i18n import _, language
from survey.web.respond import live
from survey.web.respond.shelf import Compiled, Filled, find
from survey.web.respond.visit import Browser

#: Name of the first page's own question.
CONSENT = "consent"
_EQUALS = re.compile(r"\s*\$\{\s*(\w+)\s*\}\s*=\s*'(\w+)'\s*\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """One section on a page."""

    title: str
    fields: Sequence[Any]
    #: What an earlier answer of the same page must be, in words, by question.
    conditions: Mapping[str, str]


def section(
    page: Page,
    browser: Browser,
    given: Mapping[str, Sequence[str]] | None = None,
    parsed: Parsed | None = None,
) -> Filled:
    """A page of questions; ``given`` and ``parsed`` of one that was sent back."""
    return _page("respond/section.html", page, browser, given, parsed, questions=True)


def consent(
    page: Page,
    browser: Browser,
    given: Mapping[str, Sequence[str]] | None = None,
    parsed: Parsed | None = None,
) -> Filled:
    """What this is and who asks, with the first questions where the layout joins pages."""
    joined = page.layout is not Layout.SECTIONS and page.is_new and page.previous is None
    return _page("respond/consent.html", page, browser, given, parsed, questions=joined)


def preview(
    page: Page,
    browser: Browser,
    state: str,
    given: Mapping[str, Sequence[str]] | None = None,
    parsed: Parsed | None = None,
) -> Filled:
    """The same page for who looks a questionnaire through; ``state`` carries the answers on."""
    name = "respond/preview.html"
    return _page(name, page, browser, given, parsed, questions=True, state=state)


def thanks(browser: Browser, code: str, outcome: str, *, synthetic: bool) -> Filled:
    """The last page, with the receipt."""
    facts = {"outcome": outcome, "synthetic": synthetic}
    key = ("respond/thanks.html", browser.language, browser.path, *facts.values())

    def compile_() -> Compiled:
        words = {"hole": hole, "csrf_token": lambda: hole("token"), **facts}
        return Compiled(Template(render_template(key[0], **words)))

    around = {"token": browser.token, "code": grouped(code)}
    return find(key, compile_).filled(around.__getitem__, browser)


def no_choice() -> Problem:
    """Neither yes nor no was chosen on the first page."""
    return Problem("consent.missing", {language(): _("Hãy chọn tham gia hay không tham gia.")})


def _page(
    template: str,
    page: Page,
    browser: Browser,
    given: Mapping[str, Sequence[str]] | None,
    parsed: Parsed | None,
    *,
    questions: bool,
    state: str = "",
) -> Filled:
    made = _compiled(template, page, browser, questions)
    q, problems = page.questionnaire, parsed.problems if parsed else {}
    env = routing.environment(q, page.answers, page.context) if page.answers else page.context
    around = {
        "token": browser.token,
        "nonce": browser.nonce,
        "unit": str(escape(page.entry.unit_name)),
        "visit": "" if state else browser.mark(),
        "state": state,
        "about": live.about(page),
    }
    if problems:
        around["fault"] = _("Lỗi: ")
        around["summary"] = _summary(q, problems, env)
    filling = Filling(
        questionnaire=q,
        language=browser.language,
        chosen=shown_values(_of_page(page), browser.language) if given is None else given,
        env=env,
        problems=problems,
        options=made.options,
        order_seed=page.context["order_seed"],
        files=page.files,
        around=around,
    )
    if filling.untouched:
        return made.filled(filling, browser)
    return Filled(made.page.fill(filling).encode(), 422 if problems else 200)


def _of_page(page: Page) -> dict[str, Any]:
    """What stands in this page's own questions: the answers so far, or the author's defaults."""
    if page.shown is None or not (page.answers or page.is_new):
        return {}
    found = {q.name: page.answers[q.name] for q in page.shown.questions if q.name in page.answers}
    if page.is_new and (given := defaults.given(page.questionnaire, page.context)):
        found |= {q.name: given[q.name] for q in page.shown.questions if q.name in given}
    return found


def _compiled(template: str, page: Page, browser: Browser, questions: bool) -> Compiled:
    entry, shown = page.entry, page.shown if questions else None
    key = (
        *(template, browser.language, browser.path, id(page.questionnaire), page.layout),
        *(shown and tuple(q.name for q in shown.questions), shown and page.name),
        *(page.step, page.steps, page.previous, page.sends),
        *(entry.kind, entry.declined, entry.draft_id is None, entry.retention_days),
        *(entry.organisation, entry.contact, entry.synthetic),
    )
    return find(key, lambda: _compile(template, page, questions))


def _compile(template: str, page: Page, questions: bool) -> Compiled:
    q = page.questionnaire
    here = list(page.shown.questions) if questions else []
    form = face.blank_form(q, here, language())
    parts = (
        [_part(q, page.layout, section_, asked, form) for section_, asked in page.shown.parts]
        if questions
        else []
    )
    words = {
        "page": page,
        "entry": page.entry,
        "unit": hole("unit"),
        "shown": parts,
        "title": parts[0].title if parts else "",
        "hole": hole,
        "live": live.rules(page) if questions else "",
        "takes_files": any(each.kind in FILES for each in here),
        "media_of": lambda row: q.shown(row.media, language()),
        "has_own_order": face.has_own_order,
        "minutes": duration.minutes(q, language()),
        "style": Markup(stylesheet("css/base.css")),
        # The page around the questions carries the token too.
        "csrf_token": lambda: hole("token"),
    }
    macros = current_app.jinja_env.get_template("respond/question.html").make_module(words)
    options = {
        each.name: {
            choice.choice.value: Template(_option(macros, each, form[each.name], choice))
            for choice in form[each.name]
            if choice.choice.value
        }
        for each in here
        if face.has_own_order(each)
    }
    return Compiled(Template(render_template(template, **words)), options, q)


def _option(macros: Any, question: Question, field: Any, choice: Any) -> str:
    macro = macros.entry if "minimal" in question.appearance.split() else macros.option
    if question.kind is Kind.RANK:
        macro = macros.ranked
    return str(macro(field, choice))


def _part(
    q: Questionnaire, layout: Layout, section_: Section, asked: Sequence[Question], form: Any
) -> Part:
    title = q.text(section_.labels, language())
    return Part(
        title=hole("title", section_.name) if "${" in title else title,
        fields=[form[each.name] for each in asked],
        conditions={
            each.name: condition
            for each in asked
            if layout is Layout.ONE_PAGE and (condition := _condition(q, each))
        },
    )


def _condition(q: Questionnaire, question: Question) -> str:
    """In words, when a question applies that hangs on an answer of the same page."""
    simple = _EQUALS.match(question.relevant)
    if simple is None:
        return (
            _("Bỏ qua câu này nếu không đúng với trường hợp của ông/bà.")
            if (question.relevant)
            else ""
        )
    other = q.question(simple[1])
    choice = other.choice_by_name.get(simple[2])
    if choice is None:
        return ""
    words = Markup(escape(_("Chỉ trả lời nếu ông/bà chọn “%(choice)s” ở câu “%(question)s”.")))
    # The other question's text may hold a name of this respondent's own.
    return words % {
        "choice": hole("choice", other.name, choice.name),
        "question": hole("label", other.name),
    }


def _summary(q: Questionnaire, problems: Mapping[str, Problem], env: Mapping[str, Any]) -> str:
    faults = []
    for name, problem in problems.items():
        label, target = _("Ông/bà có đồng ý tham gia không?"), f"{name}-0"
        if name != CONSENT:
            question = q.question(name)
            text = q.text(question.labels, language())
            label = wording.fill(q, text, language(), env)
            is_list = question.choices and "minimal" not in question.appearance.split()
            target = f"{name}-0" if is_list else name
        faults.append({"target": target, "label": label, "message": problem.message(language())})
    return render_template("respond/summary.html", faults=faults)
