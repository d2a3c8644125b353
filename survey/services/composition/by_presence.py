"""The whole wave's satisfaction with and without an officer present, and their difference.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.index.satisfaction import unit_sums
from analysis.index.unit_sums import difference, estimated
from survey.services import definitions
from survey.services.composition.publish import Inputs
from survey.services.composition.rows import LEVEL
from survey.store import waves
from survey.store.models import Response, ResponseWeight

PRESENT, ABSENT = "yes", "no"
#: By the enumerator's own note, and by the respondent's answer.
_NOTED = {"part": PRESENT, "all": PRESENT, "no": ABSENT}
_ANSWERED = {"co": PRESENT, "khong": ABSENT}
CONCEPT = "officer_present"


def load(session: Session, slug: str, inputs: Inputs) -> list[str]:
    """For each row of `Inputs.respondents`: "yes", "no", or "" where nobody said."""
    definition = definitions.of(waves.get(session, slug).questionnaire)
    asked = [question.name for question in definition if question.concept == CONCEPT]
    rows = session.execute(
        select(Response.paradata, Response.answers)
        .join(ResponseWeight, Response.id == ResponseWeight.response_id)
        .where(ResponseWeight.run_id == inputs.weigh_run_id)
        .order_by(Response.id)
    )
    found = [_presence(row.paradata, row.answers, asked) for row in rows]
    if "person" in inputs.respondents:
        return [found[person] for person in inputs.respondents["person"]]
    return found


def _presence(paradata: Mapping[str, Any], answers: Mapping[str, Any], asked: list[str]) -> str:
    noted = _NOTED.get(paradata.get("officer", ""))
    return noted or next((_ANSWERED[v] for n in asked if (v := answers.get(n)) in _ANSWERED), "")


def compute(inputs: Inputs, presence: list[str]) -> dict[str, Any]:
    """Both shares of satisfied answers and their difference; {} where one has too few answers.

    The two are domains of one design (`analysis.index.unit_sums.difference`).
    """
    items = list(dict.fromkeys(name for each in inputs.concepts.values() for name in each))
    rows, said = inputs.respondents, np.array(presence, dtype=object)
    if not items or not {PRESENT, ABSENT} <= set(presence):
        return {}
    split = {f"{item} {side}": rows[item].where(said == side) for item in items for side in
             (PRESENT, ABSENT)}  # fmt: skip
    concepts = {side: [f"{item} {side}" for item in items] for side in (PRESENT, ABSENT)}
    _, whole = unit_sums(rows.assign(**split), concepts, inputs.populations, units=[])
    places = [whole.names.index(side) for side in (PRESENT, ABSENT)]
    n = [int(whole.heard[place]) for place in places]
    if min(n) < inputs.wave["min_shown"]:
        return {}
    made = estimated(whole, level=LEVEL).concepts
    found = {
        side: {"n": each, "share": made[side].share, "low": made[side].low, "high": made[side].high}
        for side, each in zip((PRESENT, ABSENT), n, strict=True)
    }
    told = difference(whole, PRESENT, ABSENT, level=LEVEL)
    return found | dict(zip(("difference", "se", "low", "high"), told, strict=True))
