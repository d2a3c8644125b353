"""Apply the screening rules to a wave and keep what they find, beside the answers.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from analysis.quality.screening.finding import Finding
from analysis.quality.screening.rules import LEVEL, Sheets, screen
from survey.domain import paradata
from survey.domain.disposition import RESPONDED
from survey.domain.wave import Stream
from survey.services import definitions
from survey.store import audit, waves
from survey.store import paradata as paradata_store
from survey.store.models import FlagAnswer, Response, ScreeningFlag, ScreeningRun

#: Start of the random numbers that nulls are simulated with: the same wave, the same evidence.
SEED = 20_250_101
BINS = 24 * 60 // paradata.BIN_MINUTES


@dataclass(frozen=True, slots=True)
class Inputs:
    """``ids`` of the answers in the order of the sheets' rows; units are numbers as text."""

    wave_id: int
    slug: str
    ids: list[str]
    sheets: Sheets


def load(session: Session, slug: str) -> Inputs:
    """All answers of a wave, both streams.  Raises NotFound."""
    wave = waves.get(session, slug)
    definition = definitions.of(wave.questionnaire)
    rows = session.execute(
        select(
            Response.id,
            Response.unit_id,
            Response.stream,
            Response.answers,
            Response.flags,
            Response.paradata,
        )
        .where(Response.wave_id == wave.id, Response.outcome.in_([str(o) for o in RESPONDED]))
        .order_by(Response.id)
    ).all()
    ratings = [question for question in definition if question.is_rating]
    codes = [[_code(question, row.answers) for question in ratings] for row in rows]
    helper = next((q.name for q in definition if q.concept == "assistance"), "")
    return Inputs(
        wave.id,
        slug,
        [row.id for row in rows],
        Sheets(
            codes=np.array(codes, dtype=np.uint8).reshape(len(rows), len(ratings)),
            unit=np.array([str(row.unit_id) for row in rows], dtype=str),
            drawn=np.array([row.stream == Stream.PROBABILITY for row in rows], dtype=bool),
            helped=np.array(
                [row.answers.get(helper) not in (None, "tu") for row in rows], dtype=bool
            ),
            officer_present=_mark(rows, lambda row: "officer_present" in row.flags),
            officer_answered=_mark(rows, lambda row: "officer_answered" in row.flags),
            **_marks(rows),
            **_arrivals(session, wave.id),
            bin_minutes=paradata.BIN_MINUTES,
            floor=wave.settings["seconds_per_question"],
        ),
    )


def compute(inputs: Inputs) -> list[Finding]:
    """Ranked evidence.  Pure: the same inputs give the same findings."""
    return screen(inputs.sheets, seed=SEED)


def store(session: Session, inputs: Inputs, found: list[Finding], *, now: datetime) -> int:
    """Keep a run with its flags; return its number.  Answers are not touched."""
    run = ScreeningRun(
        wave_id=inputs.wave_id,
        n_answers=len(inputs.ids),
        seed=SEED,
        settings={"false_discovery_rate": LEVEL},
        created_at=now,
    )
    session.add(run)
    session.flush()
    # An answer that was withdrawn meanwhile must not come back.
    of_wave = select(Response.id).where(Response.wave_id == inputs.wave_id)
    present = set(session.scalars(of_wave))
    for finding in found:
        named = sorted({inputs.ids[row] for row in finding.rows} & present)
        if finding.rows and not named:
            continue
        flag = ScreeningFlag(
            run_id=run.id,
            key=_key(inputs.wave_id, finding, named),
            rule=finding.rule,
            version=finding.version,
            unit_id=int(finding.unit),
            subject=finding.subject,
            p=finding.p,
            q=finding.q,
            strength=finding.strength,
            n_answers=len(named),
            facts=_facts(finding, inputs.ids),
        )
        session.add(flag)
        session.flush()
        if named:
            session.execute(
                insert(FlagAnswer), [{"flag_id": flag.id, "response_id": each} for each in named]
            )
    audit.append(
        session, "screening.run", by="system", at=now, wave=inputs.slug,
        run=run.id, flags=len(found),
    )  # fmt: skip
    return run.id


def _facts(finding: Finding, ids: list[str]) -> dict[str, Any]:
    """Facts as they are kept: a partner by its answer, not by its row."""
    facts = dict(finding.facts)
    if "partner" in facts:
        facts["partner"] = ids[int(facts["partner"])]
    return facts


def _key(wave_id: int, finding: Finding, named: list[str]) -> str:
    parts = (wave_id, finding.rule, finding.unit, finding.subject, *named)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:24]


def _code(question: Any, answers: Mapping[str, Any]) -> int:
    given = answers.get(question.name)
    if given is None or question.missing_reason(given):
        return 0
    return int(given)


def _mark(rows: list, test) -> np.ndarray:
    return np.array([bool(test(row)) for row in rows], dtype=bool)


def _marks(rows: list) -> dict[str, np.ndarray]:
    def of(name: str, otherwise: Any = None) -> list:
        return [row.paradata.get(name, otherwise) for row in rows]

    return {
        "seconds": np.array([paradata.seconds_of(step) for step in of("pace")], dtype=float),
        "device": np.array(of("device", ""), dtype=str),
        "interviewer": np.array(of("interviewer", ""), dtype=str),
        "out_of_hours": np.array([late is True for late in of("late")], dtype=bool),
        "timed": np.array([late is not None for late in of("late")], dtype=bool),
        "office_network": np.array([here is True for here in of("office")], dtype=bool),
        "placed": np.array([here is not None for here in of("office")], dtype=bool),
    }


def _arrivals(session: Session, wave_id: int) -> dict[str, np.ndarray]:
    """Both streams of a desk together: a burst is a burst whichever codes it used."""
    table: dict[tuple[str, str], np.ndarray] = {}
    for count in paradata_store.arrivals(session, wave_id):
        place = (str(count.unit_id), count.day)
        table.setdefault(place, np.zeros(BINS, dtype=np.int64))[int(count.label)] += count.n
    places = sorted(table)
    counts = [table[place] for place in places]
    return {
        "arrivals": np.array(counts, dtype=np.int64).reshape(len(places), BINS),
        "arrival_unit": np.array([unit for unit, _ in places], dtype=str),
        "arrival_day": np.array([day for _, day in places], dtype=str),
    }
