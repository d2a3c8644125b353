"""Key drivers of overall satisfaction beside a computed table.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from analysis.design import SurveyDesign
from analysis.errors import AnalysisError
from analysis.index.drivers import key_drivers
from analysis.index.nested_sums import NestedDesign, applies
from analysis.index.satisfaction import design_of, unit_sums
from analysis.index.unit_sums import Share, estimated
from survey.services import definitions
from survey.services.composition import weighted_answers
from survey.services.composition.publish import Inputs
from survey.services.composition.rows import LEVEL
from survey.store import waves
from survey.store.models import IndexDrivers

#: The concept under which a questionnaire asks for the overall satisfaction.
OVERALL = "overall"


def load(session: Session, slug: str, inputs: Inputs) -> tuple[pd.DataFrame, str]:
    """The weighted answers with the overall rating's column; "" where the form does not ask."""
    definition = definitions.of(waves.get(session, slug).questionnaire)
    asked = weighted_answers.items(definition, [OVERALL])[OVERALL]
    if not asked:
        return inputs.respondents, ""
    concepts = {**inputs.concepts, OVERALL: asked[:1]}
    rows = weighted_answers.of_run(session, inputs.weigh_run_id, definition, concepts)
    return rows, asked[0]


def compute(inputs: Inputs, rows: pd.DataFrame, overall: str) -> dict[str, Any]:
    """Drivers of the whole wave as plain data; ``missing`` says why there are none."""
    if not inputs.wave.get("surveyed", True):
        return {"missing": "no_survey", "drivers": []}
    if not overall:
        return {"missing": "no_question", "drivers": []}
    concepts = {name: items for name, items in inputs.concepts.items() if name != OVERALL}
    items = [*dict.fromkeys([item for names in concepts.values() for item in names] + [overall])]
    answers = rows[items].copy()
    answers.loc[~rows["eligible"].to_numpy(dtype=bool)] = np.nan
    kept = rows[["cell", "weight", *(["psu"] if "psu" in rows else [])]]
    try:
        found = key_drivers(
            answers,
            concepts,
            overall,
            lambda columns: _design(kept.join(columns), inputs.populations),
            level=LEVEL,
        )
    except AnalysisError as fault:
        return {"missing": fault.code, "drivers": []}
    titles = {leaf.asked: (leaf.id, dict(leaf.title)) for leaf in inputs.scheme.survey_leaves}
    _, sums = unit_sums(inputs.respondents, inputs.concepts, inputs.populations, units=[])
    whole = estimated(sums, level=LEVEL).concepts
    drivers = [
        asdict(each)
        | {"leaf": titles[each.concept][0], "title": titles[each.concept][1]}
        | _performance(whole[each.concept])
        for each in found.drivers
    ]
    return asdict(found) | {"drivers": drivers, "missing": "" if drivers else "too_few"}


def _design(rows: pd.DataFrame, populations: Mapping[str, int]) -> SurveyDesign | NestedDesign:
    """The sample's design; without its large matrices where every answer is drawn by itself."""
    sizes = rows["cell"].map(populations).to_numpy(dtype=float)
    alone = np.zeros(len(rows))
    if "psu" not in rows and "person" not in rows and applies(alone, rows["cell"], sizes):
        return NestedDesign(rows, sizes)
    return design_of(rows, populations)


def _performance(share: Share | None) -> dict[str, float | None]:
    names = ("share", "low", "high")
    keys = ("performance", "performance_low", "performance_high")
    return {k: getattr(share, n) if share else None for k, n in zip(keys, names, strict=True)}


def store(session: Session, index_run_id: int, content: dict[str, Any]) -> None:
    session.add(IndexDrivers(index_run_id=index_run_id, content=content))
