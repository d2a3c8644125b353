"""What is known of a wave's units before any estimate: lists, cases, outcomes, verified points.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.disposition import RESPONDED, Outcome
from survey.domain.wave import Stream
from survey.services.composition.rows import UnitFacts
from survey.store import cases, contacts, households, units
from survey.store.models import Response, VerifiedPoint


def of_wave(
    session: Session, wave_id: int, set_id: int | None, excluded: Sequence[str]
) -> list[UnitFacts]:
    # A household round has no dossiers; its frame counts households.
    sizes = households.sizes(session, wave_id) or cases.frame_sizes(session, wave_id)
    outside = contacts.ineligible(session, wave_id)
    issued: dict[int, int] = {}
    for unit_id, _, n, _, _ in cases.count_issued_by_stratum(session, wave_id):
        issued[unit_id] = issued.get(unit_id, 0) + n
    outcomes = {
        (unit_id, outcome): n
        for unit_id, outcome, n in session.execute(
            select(Response.unit_id, Response.outcome, func.count())
            .where(Response.wave_id == wave_id, Response.stream == Stream.PROBABILITY)
            .group_by(Response.unit_id, Response.outcome)
        )
    }
    left_out = select(Response.unit_id, Response.outcome).where(Response.id.in_(excluded))
    for unit_id, outcome in session.execute(left_out):
        outcomes[unit_id, outcome] -= 1
    points: dict[int, dict[str, float | None]] = {}
    if set_id is not None:
        for row in session.scalars(select(VerifiedPoint).where(VerifiedPoint.set_id == set_id)):
            points.setdefault(row.unit_id, {})[row.leaf] = row.points
    return [
        UnitFacts(
            key=f"{unit.code}@{unit.valid_from}",
            code=unit.code,
            valid_from=unit.valid_from,
            name=unit.name,
            n_population=sizes.get(unit.id, 0),
            n_issued=issued.get(unit.id, 0),
            n_respondents=sum(outcomes.get((unit.id, outcome), 0) for outcome in RESPONDED),
            n_ineligible=outcomes.get((unit.id, Outcome.INELIGIBLE), 0) + outside.get(unit.id, 0),
            verified=points.get(unit.id),
        )
        for unit in units.of_wave(session, wave_id)
    ]
