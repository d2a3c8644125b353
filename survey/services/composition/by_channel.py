"""The whole wave's satisfaction by the way in which answers reached us.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.index.satisfaction import unit_sums
from analysis.index.unit_sums import estimated
from survey.services.composition.publish import Inputs
from survey.services.composition.rows import LEVEL
from survey.store.models import Response, ResponseWeight


def load(session: Session, inputs: Inputs) -> list[str]:
    """The channel of each weighted answer, in the order of `Inputs.respondents`."""
    found = session.scalars(
        select(Response.channel)
        .join(ResponseWeight, Response.id == ResponseWeight.response_id)
        .where(ResponseWeight.run_id == inputs.weigh_run_id)
        .order_by(Response.id)
    ).all()
    if "person" in inputs.respondents:
        return [found[person] for person in inputs.respondents["person"]]
    return list(found)


def compute(inputs: Inputs, channels: list[str]) -> list[dict[str, Any]]:
    """One entry a channel; nothing where one of them has too few answers to be shown.

    All or none: the whole less the others would give a withheld one away.
    """
    rows, way = inputs.respondents, np.array(channels, dtype=object)
    found = []
    for channel in sorted(set(channels)):
        # A domain: the others keep their place in the design and count nowhere.
        own = rows.assign(eligible=rows["eligible"].to_numpy(dtype=bool) & (way == channel))
        _, whole = unit_sums(
            own, inputs.concepts, inputs.populations, units=[],
            scores=inputs.scheme.concept_scores(),
        )  # fmt: skip
        if whole.n == 0:
            continue
        made = estimated(whole, level=LEVEL).overall
        found.append(
            {
                "channel": channel, "n": whole.n, "share": made.share, "se": made.se,
                "low": made.low, "high": made.high, "unweighted": whole.unweighted,
            }
        )  # fmt: skip
    few = any(each["n"] < inputs.wave["min_shown"] for each in found)
    return [] if few else found
