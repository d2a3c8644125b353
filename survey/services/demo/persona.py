"""One synthetic respondent: what the owner of a dossier puts on the questionnaire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from forms import routing
from forms.model import Kind, Question, Questionnaire
from survey.services.demo import population
from survey.services.demo.chance import uniform
from survey.services.demo.population import Dossier

#: Share of the questions that may be skipped and are.
SKIPPED = 0.02
#: Answers that most people give to questions of fact; other questions: all choices alike.
USUAL = {
    "a3": {"tu": 0.90, "nguoi_nha": 0.08, "can_bo": 0.02},
    "a4": {"co": 0.06, "khong": 0.94},
    "h3": {"co": 0.08, "khong": 0.88, "khong_nho": 0.04},
    "g0": {"co": 0.15, "khong": 0.85},
}


def answers(
    definition: Questionnaire, dossier: Dossier, context: Mapping[str, str]
) -> dict[str, Any]:
    """Every answer of one respondent, section by section as the path leads."""
    given: dict[str, Any] = {}
    section = routing.next_section(definition, given, context, after=None)
    while section is not None:
        pages = {step.name: asked for step, asked in routing.path(definition, given, context)}
        given |= section_answers(pages[section], dossier)
        section = routing.next_section(definition, given, context, after=section)
    return routing.prune(definition, given, context)


def section_answers(questions: Iterable[Question], dossier: Dossier) -> dict[str, Any]:
    """Answers to the questions of one page."""
    found = {q.name: _answer(q, dossier) for q in questions if q.is_asked}
    return {name: value for name, value in found.items() if value is not None}


def _answer(question: Question, dossier: Dossier) -> Any:
    if question.name in ("a1", "a2"):
        ineligible = question.name == "a1" and population.is_ineligible(dossier)
        return "khong" if ineligible else "co"
    if not question.required and uniform(dossier.code, question.name, "skip") < SKIPPED:
        return None
    if question.is_rating:
        return population.answer(dossier, question.name, question.concept)
    if question.kind is Kind.SELECT_ONE:
        names = [choice.name for choice in question.choices]
        usual = USUAL.get(question.name, dict.fromkeys(names, 1.0))
        return population.fact(
            dossier, question.name, {name: usual.get(name, 0.0) for name in names}
        )
    if question.kind is Kind.SELECT_MULTIPLE:
        ordered = sorted(
            (c.name for c in question.choices),
            key=lambda n: uniform(dossier.code, question.name, n),
        )
        return ordered[:2]
    if question.kind is Kind.INTEGER:
        return 1 + int(3 * uniform(dossier.code, question.name))
    return None
