"""Shares behind sensitive questions that were asked by randomised response or list experiment.

Imports ``analysis``: for the command line, never for a web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.design import SurveyDesign
from analysis.errors import AnalysisError
from analysis.estimation.sensitive import list_experiment, randomised_response
from analysis.index.satisfaction import design_of
from forms import technique
from forms.model import Question
from forms.technique import ListExperiment, RandomisedResponse
from survey.domain.disposition import RESPONDED
from survey.services import definitions
from survey.services.composition import publish
from survey.store import waves
from survey.store.models import Response, ResponseWeight

#: Columns of an experiment's rows that no question can have the name of.
COUNT, TREATED = "count of", "longer list of"


@dataclass(frozen=True, slots=True)
class SensitiveShare:
    """``share``, ``se``, ``low``, ``high`` None: too few answers, ``missing`` says why.

    ``p_value``: a list experiment's test that the sensitive item left the other answers alone.
    """

    item: str
    technique: str
    n: int
    share: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    missing: str = ""


def estimate(session: Session, slug: str) -> list[SensitiveShare]:
    """All sensitive shares of a wave, of its newest weights.  Raises NotFound, Conflict."""
    inputs = publish.load(session, slug)
    definition = definitions.of(waves.get(session, slug).questionnaire)
    veiled = technique.randomised_responses(definition)
    experiments = technique.list_experiments(definition)
    if not (veiled or experiments):
        return []
    frame = _rows(session, inputs.weigh_run_id, veiled, experiments)
    if frame.empty:
        return []
    design = design_of(frame, inputs.populations)
    minimum = inputs.wave["min_shown"]
    return [
        *(_of_response(design, each, minimum) for each in veiled),
        *(_of_list(design, each, minimum) for each in experiments),
    ]


def _of_response(design: SurveyDesign, asked: RandomisedResponse, minimum: int) -> SensitiveShare:
    name = asked.question.name
    known = (_title(asked.question), asked.design, int(design.frame[name].notna().sum()))
    if known[2] < minimum:
        return SensitiveShare(*known, missing="small_n")
    try:
        found = randomised_response(
            design, name, technique=asked.design, probabilities=asked.probabilities
        )
    except AnalysisError as fault:
        return SensitiveShare(*known, missing=fault.code)
    return _shown(known, found.table)


def _of_list(design: SurveyDesign, asked: ListExperiment, minimum: int) -> SensitiveShare:
    count = f"{COUNT} {asked.concept}"
    known = (_title(asked.treatment), "list", int(design.frame[count].notna().sum()))
    if known[2] < minimum:
        return SensitiveShare(*known, missing="small_n")
    try:
        found = list_experiment(design, count, f"{TREATED} {asked.concept}", items=asked.items)
    except AnalysisError as fault:
        return SensitiveShare(*known, missing=fault.code)
    return _shown(known, found.share.table, found.p_value)


def _shown(
    known: tuple[str, str, int], table: pd.DataFrame, p_value: float | None = None
) -> SensitiveShare:
    names = ("estimate", "se", "ci_low", "ci_high")
    return SensitiveShare(*known, *(float(table[x].iloc[0]) for x in names), p_value)


def _title(question: Question) -> str:
    return question.item or question.name


def _rows(
    session: Session,
    run_id: int,
    veiled: tuple[RandomisedResponse, ...],
    experiments: tuple[ListExperiment, ...],
) -> pd.DataFrame:
    found = session.execute(
        select(
            ResponseWeight.cell,
            ResponseWeight.psu,
            ResponseWeight.nonresponse,
            Response.outcome,
            Response.answers,
        )
        .join(Response, Response.id == ResponseWeight.response_id)
        .where(ResponseWeight.run_id == run_id)
        .order_by(Response.id)
    ).all()
    rows = []
    for each in found:
        answers: Mapping[str, Any] = each.answers if each.outcome in RESPONDED else {}
        row: dict[str, Any] = {"cell": each.cell, "weight": each.nonresponse}
        row |= {"psu": each.psu} if each.psu else {}
        row |= {asked.question.name: _counted(asked, answers) for asked in veiled}
        for asked in experiments:
            longer = answers.get(asked.treatment.name)
            count = answers.get(asked.control.name) if longer is None else longer
            row[f"{COUNT} {asked.concept}"] = np.nan if count is None else float(count)
            row[f"{TREATED} {asked.concept}"] = longer is not None
        rows.append(row)
    return pd.DataFrame(rows)


def _counted(asked: RandomisedResponse, answers: Mapping[str, Any]) -> float:
    given = answers.get(asked.question.name)
    if given is None or asked.question.missing_reason(given):
        return np.nan
    return float(given == asked.counts)
