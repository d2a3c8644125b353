"""A wave with as many submitted answers as a test asks for, straight into the database."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator

from sqlalchemy import delete, select, text

from forms.model import Kind
from survey.services import definitions
from survey.store import waves
from survey.store.models import Response, ResponseWeight, WeighRun
from tests.support import released


def fill(app, n: int, *, cells: int = 400) -> str:
    """A weighed wave with ``n`` answers to every question, the newest run theirs; its name."""
    wave = released.answered(app, scale=0.03)
    with wave.database.write() as session:
        stored = waves.get(session, wave.slug)
        units = sorted(set(session.scalars(select(Response.unit_id))))
        questions = [q for q in definitions.of(stored.questionnaire) if q.is_asked]
        session.execute(delete(ResponseWeight))
        session.execute(delete(Response))
        run = session.scalars(select(WeighRun).order_by(WeighRun.id.desc())).first()
        names = [f"{place:04}@2020-01-01/ho_tich" for place in range(cells)]
        run.settings = run.settings | {"populations": dict.fromkeys(names, 5.0 * n / cells)}
        rows = list_of(n, stored, units, questions)
        connection = session.connection()
        columns = (
            "id, wave_id, stream, unit_id, stratum, inclusion_probability, questionnaire_id, "
            "answers, outcome, language, submitted_on, minutes, flags, paradata, receipt_digest"
        )
        marks = ", ".join("?" * 15)
        raw = connection.connection.driver_connection
        raw.executemany(f"INSERT INTO response ({columns}) VALUES ({marks})", rows)
        connection.execute(
            text(
                "INSERT INTO response_weight (run_id, response_id, cell, base, nonresponse, final) "
                "SELECT :run, id, printf('%04d', abs(random()) % :cells) || '@2020-01-01/ho_tich', "
                "4.0, 4.5, 5.0 FROM response"
            ),
            {"run": run.id, "cells": cells},
        )
    return wave.slug


def list_of(n: int, wave, units, questions) -> Iterator[tuple]:
    chance = random.Random(5)
    for number in range(n):
        name = str(number).encode()
        yield (
            hashlib.md5(name).hexdigest(),
            *(wave.id, "probability", chance.choice(units), "ho_tich", 0.25),
            wave.questionnaire_id,
            json.dumps({q.name: _answer(q, chance) for q in questions}),
            *("1.1", "vi", wave.closes_on.isoformat(), 4, "[]", "{}"),
            hashlib.sha256(name).digest(),
        )


def _answer(question, chance):
    names = [choice.name for choice in question.choices]
    if question.kind is Kind.SELECT_ONE:
        return chance.choice(names)
    if question.kind is Kind.SELECT_MULTIPLE:
        return [chance.choice(names)]
    return "Làm nhanh hơn nữa" if chance.random() < 0.2 else "Tốt"
