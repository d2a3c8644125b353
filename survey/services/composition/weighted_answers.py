"""The weighted answers of a run as the estimators take them.

Imports numpy and pandas: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.model import Question, Questionnaire
from survey.domain import assessed
from survey.domain.disposition import RESPONDED
from survey.store.models import Response, ResponseWeight


def items(definition: Questionnaire, concepts: Iterable[str]) -> dict[str, list[str]]:
    """Concept -> its items; where several units are assessed, one for all lines of a matrix."""
    slots = assessed.slots([variable.name for variable in definition.variables])
    found: dict[str, list[str]] = {concept: [] for concept in concepts}
    for question in definition:
        if question.is_rating and question.concept in found:
            name = assessed.aspect(question.name) if slots else question.name
            if name not in found[question.concept]:
                found[question.concept].append(name)
    return found


def of_run(
    session: Session, run_id: int, definition: Questionnaire, concepts: Mapping[str, list[str]]
) -> pd.DataFrame:
    """One row an answer, or one a person and unit where several units are assessed.

    The unit is the part of the cell before the slash, or the one that was assessed; the cell is the
    person's own in both cases.
    """
    names = [item for each in concepts.values() for item in each]
    found = session.execute(
        select(
            ResponseWeight.cell,
            ResponseWeight.psu,
            ResponseWeight.nonresponse.label("weight"),
            Response.outcome,
            Response.answers,
        )
        .join(Response, Response.id == ResponseWeight.response_id)
        .where(ResponseWeight.run_id == run_id)
        .order_by(Response.id)
    ).all()
    slots = assessed.slots([variable.name for variable in definition.variables])
    if slots:
        return _by_assessed_unit(found, definition, slots, names)
    questions = [definition.question(item) for item in names]
    answers = [[rating(question, row.answers) for question in questions] for row in found]
    areas = {"psu": [row.psu for row in found]} if any(row.psu for row in found) else {}
    return _table(answers, names).assign(
        **areas,
        unit=[row.cell.partition("/")[0] for row in found],
        cell=[row.cell for row in found],
        weight=[row.weight for row in found],
        eligible=[row.outcome in RESPONDED for row in found],
    )


def _by_assessed_unit(
    found: Iterable[Any], definition: Questionnaire, slots: Iterable[str], names: list[str]
) -> pd.DataFrame:
    rows, answers = [], []
    for person, row in enumerate(found):
        for slot in slots:
            unit = row.answers.get(slot)
            if unit is None:
                continue
            questions = [definition.question(assessed.line(name, slot)) for name in names]
            answers.append([rating(question, row.answers) for question in questions])
            rows.append((unit, row.cell, row.weight, row.outcome in RESPONDED, person))
    columns = ["unit", "cell", "weight", "eligible", "person"]
    return _table(answers, names).join(pd.DataFrame(rows, columns=columns))


def _table(answers: list[list[float]], names: list[str]) -> pd.DataFrame:
    values = np.array(answers, dtype=float).reshape(len(answers), len(names))
    return pd.DataFrame(values, columns=names)


def rating(question: Question, answers: Mapping[str, Any]) -> float:
    given = answers.get(question.name)
    if given is None or question.missing_reason(given):
        return float("nan")
    return float(given)
