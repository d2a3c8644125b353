"""A finished form becomes an answer that no longer points to its case, code or moment."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import routing
from forms.program import program
from survey.domain import assessed, codes, screening
from survey.domain.calendar import local_day
from survey.domain.disposition import Outcome, outcome_of
from survey.domain.household_round import SETTING
from survey.domain.intake import Channel
from survey.domain.paradata import Visited
from survey.domain.wave import Stream
from survey.errors import Conflict
from survey.services import answer_files, cells, jobs, paradata
from survey.services.visit import Visit, assessed_units
from survey.store import visits
from survey.store.models import Response, Wave

#: Seconds in which answers to a wave with live results come together into one recomputation.
LIVE_DELAY = 3.0
#: When this process asked last for a wave's recomputation.  Whoever sends while that one still
#: waits is counted by it.
_ASKED: dict[str, float] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What comes with a form besides its answers."""

    receipt_code: str
    code_key: bytes
    language: str
    #: When the visitor opened the form, where no draft tells.
    opened_at: datetime
    now: datetime
    visited: Visited = Visited()
    channel: Channel = Channel.WEB


@dataclass(frozen=True, slots=True)
class Receipt:
    code: str
    outcome: Outcome
    synthetic: bool


def new_receipt_code() -> str:
    return codes.new_code(codes.RECEIPT_SYMBOLS, secrets.token_bytes)


def send(
    session: Session, visit: Visit, answers: Mapping[str, Any], sending: Sending
) -> Receipt | None:
    """Store the answer, end the case, drop the draft.  None: look again, somebody was faster."""
    of_case = visit.visitor.kind == "case"
    response = prepared(session, visit, answers, sending)
    stored = visits.submit(
        session,
        response,
        case_id=visit.visitor.id if of_case else None,
        draft_id=visit.row.draft_id,
        seen=visit.row.updated_at,
        files=answer_files.named(visit.definition, response["answers"]),
    )
    if not stored:
        return receipt_of(session, sending)
    paradata.count_answer(
        session,
        visit,
        sending.visited,
        language=sending.language,
        opened_at=sending.opened_at,
        now=sending.now,
    )
    if visit.row.live_results and of_case:
        ask_for_results(session, visit.row.slug, sending.now)
    return Receipt(sending.receipt_code, Outcome(response["outcome"]), visit.row.synthetic)


def prepared(
    session: Session, visit: Visit, answers: Mapping[str, Any], sending: Sending
) -> dict[str, Any]:
    """The answer as it will be stored, under the cell of its stratum.

    Raises Conflict for a household round by any way but an enumerator's device: nobody else knows
    which adult of how many was asked.
    """
    if SETTING in visit.settings and sending.channel is not Channel.ENUMERATOR:
        raise Conflict(
            "Vòng hộ gia đình chỉ nhận phiếu qua máy của điều tra viên.",
            code="household.device_only",
        )
    response = _response(session, visit, answers, sending)
    if visit.visitor.kind == "case" and SETTING not in visit.settings:
        of_draw = cells.of_draw(session, visit.row.draw_id, visit.settings)
        cell = of_draw.get((visit.row.unit_id, visit.row.stratum))
        # A stratum without main cases has no cell; its reserves are never in the field.
        if cell is not None:
            response |= {"stratum": cell.label, "inclusion_probability": cell.probability}
    return response


def receipt_of(session: Session, sending: Sending) -> Receipt | None:
    """The receipt of an answer that this visitor has sent before."""
    digest = codes.code_digest(sending.code_key, sending.receipt_code)
    sent = session.execute(
        select(Response.outcome, Wave.synthetic)
        .join(Wave, Wave.id == Response.wave_id)
        .where(Response.receipt_digest == digest)
    ).one_or_none()
    return sent and Receipt(sending.receipt_code, Outcome(sent.outcome), sent.synthetic)


def ask_for_results(session: Session, slug: str, now: datetime) -> None:
    """Have a wave with live results computed again, once for all who send meanwhile."""
    asked, key = time.monotonic(), f"{session.get_bind().url} {slug}"
    if asked - _ASKED.get(key, -LIVE_DELAY) < 0.8 * LIVE_DELAY:
        return
    _ASKED[key] = asked
    jobs.request(session, "recompute", {"wave": slug}, by="system", now=now, delay=LIVE_DELAY)


def _response(
    session: Session, visit: Visit, given: Mapping[str, Any], sending: Sending
) -> dict[str, Any]:
    row = visit.row
    path, env = routing.trace(visit.definition, given, visit.context)
    asked = [q for _, questions in path for q in questions if q.is_asked]
    answers = {q.name: given[q.name] for q in asked if not routing.is_blank(given.get(q.name))}
    rule = program(visit.definition).eligibility
    eligible = rule is None or rule.holds(env)
    seconds = (sending.now - (row.started_at or sending.opened_at)).total_seconds()
    units = assessed_units(row, visit.definition, visit.settings, visit.context["order_seed"])
    named = {slot: assessed.key(unit) for slot, unit in units.items()}
    by_concept = {q.concept: answers.get(q.name) for q in asked if q.concept}
    of_case = visit.visitor.kind == "case"
    return {
        "id": secrets.token_hex(16),
        "wave_id": row.wave_id,
        "stream": Stream.PROBABILITY if of_case else Stream.OPEN,
        "unit_id": row.unit_id,
        "stratum": row.stratum,
        "inclusion_probability": row.probability,
        "psu": None,
        "questionnaire_id": visit.questionnaire_id,
        "answers": answers | named,
        "outcome": outcome_of(len(answers), len(asked), eligible=eligible),
        "language": sending.language,
        "submitted_on": local_day(sending.now),
        "minutes": max(0, int(seconds // 60)),
        "flags": screening.flags(
            answers=answers,
            ratings=[q.name for q in asked if q.is_rating],
            n_answered=len(answers),
            seconds=seconds,
            seconds_per_question=visit.settings["seconds_per_question"],
            officer_present=by_concept.get("officer_present") == "co",
            officer_answered=by_concept.get("assistance") == "can_bo",
        ),
        "paradata": paradata.of_answer(
            session,
            visit,
            sending.visited,
            seconds=seconds,
            n=len(answers),
            now=sending.now,
        )
        | paradata.of_orders(asked, visit.context["order_seed"]),
        "channel": sending.channel,
        "receipt_digest": codes.code_digest(sending.code_key, sending.receipt_code),
    }
