"""Where a page must end: a page without JavaScript can only show what earlier pages decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from forms.model import Question, Questionnaire, Section
from forms.program import Program, build


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
