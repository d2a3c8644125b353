"""What the ranking of a computed table is worth, computed beside it and kept with it.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from analysis.errors import AnalysisError
from analysis.index import scoring, standing
from analysis.index.many import Block, Many, compose_many
from analysis.index.standing import Standing
from analysis.index.unit_sums import UnitSatisfaction, UnitSums, estimated
from survey.render.table import ResultRow, ResultTable
from survey.services.composition.publish import Inputs
from survey.services.composition.rows import LEVEL, UnitFacts
from survey.store.models import IndexStanding

#: Draws of ranks and bands, and where they start: a fixed number, so that a table computed again
#: says the same.
DRAWS, SEED = 1000, 20231120
#: How far the areas' maxima are moved, up and down.
SPREAD = 0.25
#: Fewer answers than this: the model's estimate is shown first.
SMALL = 50


def compute(inputs: Inputs, sums: Sequence[UnitSums], table: ResultTable) -> dict[str, Any]:
    """Ranks, ties, chances of bands, other weights and model estimates, as plain data.

    Only units that the table shows take part: nothing here says more of a withheld one.
    """
    shown = {_key(row): row for row in table.rows if row.satisfaction is not None}
    found = {each.unit: estimated(each, level=LEVEL) for each in sums if each.unit in shown}
    units = [unit for unit in inputs.units if unit.key in shown]
    composed = [unit for unit in units if shown[unit.key].total is not None]
    content: dict[str, Any] = {
        "level": LEVEL, "draws": DRAWS, "seed": SEED, "spread": SPREAD, "small": SMALL,
        "by": "index" if len(composed) > 1 else "satisfaction", "missing": "", "method": "",
        "units": {_key(row): {} for row in table.rows}, "groups": [], "bands": [],
    }  # fmt: skip
    if not inputs.wave.get("surveyed", True):
        # Verified points are taken as known: there is no doubt from sampling to speak of.
        return content | {"missing": "no_survey", "model_notes": []}
    content |= _small_areas(table, content["units"])
    try:
        if len(composed) > 1:
            _by_index(inputs, composed, found, content)
        elif len(units) > 1:
            keys = [unit.key for unit in units]
            rows = [shown[key] for key in keys]
            se = [_spread(row) for row in rows]
            made = standing.of_shares(
                [row.satisfaction for row in rows], se, level=LEVEL, draws=DRAWS, seed=SEED
            )
            _keep(content, keys, made)
        else:
            content["missing"] = "too_few"
    except AnalysisError as fault:
        content["missing"] = fault.code
    return content


def store(session: Session, index_run_id: int, content: dict[str, Any]) -> None:
    session.add(IndexStanding(index_run_id=index_run_id, content=content))


def _by_index(
    inputs: Inputs,
    units: Sequence[UnitFacts],
    found: dict[str, UnitSatisfaction],
    content: dict[str, Any],
) -> None:
    many = _many(inputs, units, found)
    keys = [unit.key for unit in units]
    made = standing.of_index(many, level=LEVEL, draws=DRAWS, seed=SEED)
    _keep(content, keys, made)
    content["bands"] = [dict(band.title) for band in inputs.scheme.bands]
    sizes = [len(area.criteria) for area in inputs.scheme.areas]
    starts = np.cumsum([0, *sizes[:-1]])
    low, high = standing.under_other_weights(
        np.add.reduceat(many.points, starts, axis=1),
        np.add.reduceat(many.most, starts, axis=1),
        spread=SPREAD, draws=DRAWS, level=LEVEL, seed=SEED,
    )  # fmt: skip
    for i, key in enumerate(keys):
        content["units"][key] |= {"weights_low": int(low[i]), "weights_high": int(high[i])}


def _many(inputs: Inputs, units: Sequence[UnitFacts], found: dict[str, UnitSatisfaction]) -> Many:
    scheme, z = inputs.scheme, NormalDist().inv_cdf(0.5 + LEVEL / 2)
    points = [scoring.points(scheme, unit.verified) for unit in units]
    given = {
        leaf.id: np.array([_number(each.get(leaf.id), leaf.source) for each in points])
        for leaf in scheme.leaves
        if leaf.source != "survey"
    }
    leaves = scheme.survey_leaves
    shares = np.empty((len(units), len(leaves)))
    covariance = np.empty((len(units), len(leaves), len(leaves)))
    for u, unit in enumerate(units):
        own = found[unit.key]
        each = [own.concepts[leaf.asked] for leaf in leaves]
        order = [list(own.concepts).index(leaf.asked) for leaf in leaves]
        shares[u] = [share.share for share in each]
        covariance[u] = standing.widened(
            own.covariance[np.ix_(order, order)],
            shares[u],
            [share.low for share in each],
            [share.high for share in each],
            z,
        )
    return compose_many(scheme, given, [Block(tuple(x.id for x in leaves), shares, covariance)])


def _number(points: float | None, source: str) -> float:
    if points is None:
        return 0.0 if source in ("bonus", "penalty") else float("nan")
    return float(points)


def _keep(content: dict[str, Any], keys: Sequence[str], made: Standing) -> None:
    content["method"] = made.method
    content["groups"] = [[keys[i] for i in group] for group in made.groups]
    names = ("rank", "lower", "upper", "drawn_low", "drawn_high")
    for i, key in enumerate(keys):
        content["units"][key] |= {name: int(getattr(made, name)[i]) for name in names}
        if made.bands is not None:
            content["units"][key]["bands"] = [float(chance) for chance in made.bands[i]]


def _small_areas(table: ResultTable, units: dict[str, Any]) -> dict[str, Any]:
    """Model estimates of all units from what the table shows of those it shows."""
    rows = table.rows
    made = standing.small_areas(
        [row.satisfaction for row in rows],
        [None if row.satisfaction is None else _spread(row) for row in rows],
        [max(row.n_respondents, 1) for row in rows],
        [row.n_population for row in rows],
    )
    if made is None:
        return {"model_notes": []}
    for i, row in enumerate(rows):
        units[_key(row)] |= {
            "model": float(made.estimate[i]),
            "model_rmse": float(made.rmse[i]),
            "model_gamma": float(made.gamma[i]),
        }
    return {"model_notes": list(made.notes)}


def _spread(row: ResultRow) -> float:
    """The standard error, or what the interval implies where all answers agree."""
    if row.satisfaction_se and row.satisfaction_se > 1e-9:
        return row.satisfaction_se
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    share = row.satisfaction
    return max(row.satisfaction_high - share, share - row.satisfaction_low) / z


def _key(row: ResultRow) -> str:
    return f"{row.unit_code}@{row.valid_from}"
