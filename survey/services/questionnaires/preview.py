"""A questionnaire walked through as a respondent would, with nothing kept anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from forms import answers as form_answers
from forms import routing
from forms.answers import Parsed
from forms.model import Questionnaire
from forms.pages import Layout
from survey.domain.calendar import local_day, local_minute
from survey.services import answer_files, respond
from survey.services.answer_files import Uploads
from survey.services.entry import Entry
from survey.services.respond import Page
from survey.services.visit import Visit, Visitor

#: What stands where a real page names the respondent's unit or dossier.
EXAMPLE = "Xã Ví Dụ"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody has looked; travels with the page."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    visited: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """The page to show now; ``parsed`` has the faults of what was just sent."""

    page: Page
    standing: Standing
    parsed: Parsed | None = None


def show(q: Questionnaire, standing: Standing, name: str | None, *, now: datetime) -> Step:
    """The page of that name, or the next one."""
    return Step(respond.page_of(_visit(q, standing, now), name), standing)


def send(
    q: Questionnaire,
    standing: Standing,
    name: str,
    raw: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    uploads: Uploads | None = None,
) -> Step:
    """Take in one page and go on, or stay at it while it has faults; of files the names stay."""
    step = show(q, standing, name, now=now)
    shown = step.page.shown
    if shown is None or name not in shown.sections:
        return step
    visit = _visit(q, standing, now)
    files = uploads or Uploads()
    sent = answer_files.with_files(shown.questions, raw, files, standing.answers)
    parsed = form_answers.parse(q, shown.sections, sent, standing.answers, visit.context)
    parsed = answer_files.with_problems(shown.questions, parsed, files)
    given = {**standing.answers, **parsed.values}
    if parsed.problems:
        return Step(step.page, Standing(given, standing.visited), parsed)
    visited = list(dict.fromkeys((*standing.visited, *shown.sections)))
    return show(q, Standing(given, visited), None, now=now)


def kept(q: Questionnaire, standing: Standing, *, now: datetime) -> dict[str, Any]:
    """What would be stored now: answers of questions that apply."""
    context = _visit(q, standing, now).context
    path, _ = routing.trace(q, standing.answers, context)
    asked = [each for _, questions in path for each in questions if each.is_asked]
    found = ((each.name, standing.answers.get(each.name)) for each in asked)
    return {name: value for name, value in found if not routing.is_blank(value)}


def _visit(q: Questionnaire, standing: Standing, now: datetime) -> Visit:
    hidden = {row.name: EXAMPLE for row in q.variables if row.kind == "hidden"}
    row = SimpleNamespace(draft_id="-", answers=standing.answers, visited=list(standing.visited))
    return Visit(
        visitor=Visitor("case", 0, ""),
        row=row,
        definition=q,
        settings={"layout": Layout.SECTIONS},
        context={
            **hidden,
            "today": local_day(now).isoformat(),
            "now": local_minute(now),
            "order_seed": "preview",
        },
        entry=Entry(
            kind="case",
            id=0,
            wave_slug="",
            unit_name=EXAMPLE,
            field="",
            organisation="",
            contact="",
            retention_days=0,
            closes_on=local_day(now),
            synthetic=False,
            declined=False,
            draft_id="-",
        ),
        questionnaire_id=0,
    )
