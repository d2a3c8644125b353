"""A wave that was answered, closed and computed without pages: seconds instead of minutes."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from survey import jobs
from survey.services import cells, definitions
from survey.services import waves as wave_life
from survey.store import cases, waves
from survey.store.models import CaseWaiting, DecisionAnswer, Response, ScreeningDecision
from tests.support.waves import SmallWave, make


def silent(done: int, total: int, message: str = "") -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Answered:
    """The wave, and how to do the work of its commands."""

    app: object
    wave: SmallWave

    @property
    def slug(self) -> str:
        return self.wave.slug

    @property
    def database(self):
        return self.wave.database

    def compute(self) -> None:
        jobs.run_here(self.app, "recompute", silent, wave=self.slug)

    def release(self, reason: str = ""):
        """(the stored release, what was made)."""
        return jobs.run_here(self.app, "release", silent, wave=self.slug, by="lan", reason=reason)


def answered(app, *, scale: float = 0.05, few: int = 0, seed: int = 1) -> Answered:
    """Load, draw, answer (the same answers for the same seed), close and compute.

    ``few``: units of which only four people answer.
    """
    wave = make(app, scale=scale)
    with wave.database.write() as session:
        fill(session, wave.slug, few=few, seed=seed)
        wave_life.close_wave(session, wave.slug, by="lan", now=datetime.now(UTC))
    found = Answered(app, wave)
    found.compute()
    return found


def fill(session, slug: str, *, few: int = 0, seed: int = 1) -> None:
    """Store answers of most cases in the field, as a submission stores them."""
    wave = waves.get(session, slug)
    draw = waves.draw_of(session, wave.id)
    of_draw = cells.of_draw(session, draw.id, wave.settings)
    questions = [q for q in definitions.of(wave.questionnaire) if q.is_rating]
    chance, rows, gone = random.Random(seed), [], []
    issued = cases.issued(session, wave.id)
    left = dict.fromkeys(sorted({case.unit_id for case in issued})[:few], 4)
    for case in issued:
        if chance.random() > 0.7 or left.get(case.unit_id) == 0:
            continue
        if case.unit_id in left:
            left[case.unit_id] -= 1
        cell = of_draw[case.unit_id, case.stratum]
        level = 3.2 + (case.unit_id * 7 % 11) / 8 + chance.gauss(0, 0.5)
        name = f"{seed} {case.id}"
        rows.append(
            {
                "id": hashlib.md5(name.encode()).hexdigest(),
                "wave_id": wave.id,
                "stream": "probability",
                "unit_id": case.unit_id,
                "stratum": cell.label,
                "inclusion_probability": cell.probability,
                "questionnaire_id": wave.questionnaire_id,
                "answers": {
                    q.name: str(min(5, max(1, round(chance.gauss(level, 0.9)))))
                    for q in questions
                    if chance.random() > 0.05
                },
                "outcome": "4.0" if chance.random() < 0.02 else "1.1",
                "language": "vi",
                "submitted_on": wave.closes_on,
                "minutes": 4,
                "flags": [],
                "receipt_digest": hashlib.sha256(name.encode()).digest(),
            }
        )
        gone.append(case.id)
    session.execute(insert(Response), rows)
    session.execute(delete(CaseWaiting).where(CaseWaiting.case_id.in_(gone)))


def exclude(session, slug: str, *, n: int) -> None:
    """A reviewer's decision that leaves answers of the sample out."""
    wave = waves.get(session, slug)
    decision = ScreeningDecision(
        wave_id=wave.id,
        key="device_cluster x",
        evidence={},
        verdict="exclude",
        reason="Một máy gửi nhiều phiếu.",
        by="lan",
        at=datetime.now(UTC),
    )
    session.add(decision)
    session.flush()
    chosen = session.scalars(
        select(Response.id).where(Response.wave_id == wave.id, Response.outcome == "1.1")
        .order_by(Response.id).limit(n)
    )  # fmt: skip
    session.add_all(DecisionAnswer(decision_id=decision.id, response_id=one) for one in chosen)
