"""Where a page must end: a page without JavaScript can only show what earlier pages decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from forms import routing
from forms.model import Question, Questionnaire, Section
from forms.program import Program, build, program


def split(q: Questionnaire) -> Questionnaire:
    """Start a new page before each question that depends on an answer of its own page.

    The new page keeps the section's title and relevance; its name is the section's with _2, _3 ...
    """
    rules = build(q, lambda cells, column, error: None)
    taken = {section.name for section in q.sections}
    sections = [page for s in q.sections for page in _pages(s, rules, taken)]
    return replace(q, sections=tuple(sections))


def _pages(section: Section, rules: Program, taken: set[str]) -> Iterable[Section]:
    pages: list[list[Question]] = [[]]
    for question in section.questions:
        here = {each.name for each in pages[-1]}
        if rules.looks_at(question) & here:
            pages.append([])
        pages[-1].append(question)
    for number, questions in enumerate(pages, 1):
        name = section.name if number == 1 else _free(f"{section.name}_{number}", taken)
        yield replace(section, name=name, questions=tuple(questions))


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


class Layout(StrEnum):
    """How much of a questionnaire one screen shows."""

    #: One section a page, and a last look before sending.
    SECTIONS = "sections"
    #: As few pages as can be: a page ends only where the next question hangs on one of its answers.
    JOINED = "joined"
    #: Everything at once; what hangs on an answer of the same page says so.
    ONE_PAGE = "one_page"


@dataclass(frozen=True)
class Page:
    """What is shown at once: sections with those of their questions that apply.

    The first section that is shown names it.
    """

    name: str
    parts: tuple[tuple[Section, tuple[Question, ...]], ...]

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(section.name for section, _ in self.parts)

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for _, questions in self.parts for question in questions)


def sheets(q: Questionnaire, layout: Layout) -> tuple[tuple[str, ...], ...]:
    """Names of the sections that go together on each page."""
    return q.once(("sheets", layout), lambda: tuple(map(tuple, _sheets(q, layout))))


def path(
    q: Questionnaire, layout: Layout, answers: routing.Answers, context: routing.Context
) -> tuple[Page, ...]:
    """Pages that apply, each with what applies on it."""
    if layout is Layout.ONE_PAGE:
        known = tuple(str(context.get(name, "")) for name in program(q).deciding)
        return q.once(("one page", known), lambda: _whole(q, context))
    return _paged(q, layout, routing.path(q, answers, context))


def ahead(
    q: Questionnaire,
    layout: Layout,
    answers: routing.Answers,
    context: routing.Context,
    page: Page,
) -> int:
    """How many pages may still come after this one, as far as earlier answers tell."""
    if page.sections[-1] in sheets(q, layout)[-1]:
        return 0
    here = q.position(page.name)
    walk = routing.Walk(q, answers, context, here)
    after = {
        sheet[0]
        for section, _ in walk.steps()
        for sheet in sheets(q, layout)
        if section.name in sheet and q.position(sheet[0]) > q.position(page.sections[-1])
    }
    return len(after)


def _whole(q: Questionnaire, context: routing.Context) -> tuple[Page, ...]:
    """The one page.  Words that only some answer calls up would puzzle everybody else."""
    steps = routing.possible(q, context)
    kept = tuple(s for s in steps if not s[0].relevant or any(x.is_asked for x in s[1]))
    return _paged(q, Layout.ONE_PAGE, kept)


def _paged(q: Questionnaire, layout: Layout, steps: routing.Path) -> tuple[Page, ...]:
    by_name = {section.name: (section, questions) for section, questions in steps}
    shown = (
        tuple(by_name[name] for name in sheet if name in by_name) for sheet in sheets(q, layout)
    )
    return tuple(Page(parts[0][0].name, parts) for parts in shown if parts)


def _sheets(q: Questionnaire, layout: Layout) -> list[list[str]]:
    if layout is Layout.SECTIONS:
        return [[section.name] for section in q.sections]
    if layout is Layout.ONE_PAGE:
        return [[section.name for section in q.sections]]
    rules = program(q)
    found: list[list[str]] = [[]]
    here: set[str] = set()
    for step in rules.steps:
        looked_at = set(rules.sources(step.relevant.names)) if step.relevant else set()
        for question in step.section.questions:
            looked_at |= rules.looks_at(question)
        if looked_at & here:
            found.append([])
            here = set()
        found[-1].append(step.section.name)
        here |= {question.name for question in step.section.questions}
    return found
