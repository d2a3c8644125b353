"""How much of an answer is the interviewer's: the share of its variance between enumerators.

Imports ``analysis``: for the command line, never for a web page.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.errors import AnalysisError
from analysis.quality.intraclass import IntraClass, interviewer_icc
from survey.domain.intake import State
from survey.services import definitions
from survey.services.composition.weighted_answers import rating
from survey.store import waves
from survey.store.models import FieldSubmission, Response


@dataclass(frozen=True, slots=True)
class Effect:
    """``found`` None: nothing to estimate, ``missing`` is the analysis code."""

    item: str
    n: int
    found: IntraClass | None
    missing: str = ""


def effects(session: Session, slug: str) -> list[Effect]:
    """The intraclass correlation of every rating item.  Raises NotFound."""
    wave = waves.get(session, slug)
    rows = session.execute(
        select(FieldSubmission.account_id, Response.answers)
        .join(Response, Response.id == FieldSubmission.response_id)
        .where(FieldSubmission.wave_id == wave.id, FieldSubmission.state == State.STORED)
    ).all()
    found = []
    for question in definitions.of(wave.questionnaire):
        if not question.is_rating:
            continue
        pairs = [(rating(question, row.answers), row.account_id) for row in rows]
        kept = [(value, who) for value, who in pairs if value == value]
        try:
            made = interviewer_icc([value for value, _ in kept], [who for _, who in kept])
            found.append(Effect(question.item or question.name, len(kept), made))
        except AnalysisError as fault:
            found.append(Effect(question.item or question.name, len(kept), None, fault.code))
    return found
