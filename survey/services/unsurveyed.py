"""A year without a survey: no answers to weigh; the table is composed of verified points alone.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

import pandas as pd
from sqlalchemy.orm import Session

from survey.services.weigh import Inputs, Weights
from survey.store import waves

_ANSWERS = ("id", "unit_id", "stratum", "probability", "outcome")
_STRATA = (
    "unit", "field", "population", "n_issued", "n_main", "n_ineligible", "drawn", "probability",
    "enlarged",
)  # fmt: skip


def load(session: Session, slug: str, *, with_excluded: bool = False) -> Inputs:
    """What weighting reads of such a wave: nothing.  Raises NotFound."""
    wave = waves.get(session, slug)
    strata = pd.DataFrame(columns=list(_STRATA))
    answers = pd.DataFrame(columns=list(_ANSWERS))
    return Inputs(strata, answers, wave.settings["min_cell"], [])


def compute(inputs: Inputs) -> Weights:
    """A run of no answers, so that the table has a run to name."""
    steps = [
        {
            "name": "no_survey",
            "title": "Năm không khảo sát",
            "summary": "không có phiếu; bảng chỉ gồm điểm thẩm định",
        }
    ]
    columns = ["id", "unit", "cell", "base", "nonresponse", "final"]
    settings = {"min_cell": inputs.min_cell, "excluded": []}
    return Weights(pd.DataFrame(columns=columns), {}, steps, settings)
