"""Satisfaction shares of units, with the uncertainty that the sample leaves (F1, F11, F12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.design import SurveyDesign
from analysis.errors import EstimationError
from analysis.weighting.diagnostics import effective_n, kish_deff

SCALE = (1, 5)
_NO_SPREAD = 1e-9
#: "Satisfied" and "very satisfied" count, the other answers do not.
_SATISFIED = {1: 0.0, 2: 0.0, 3: 0.0, 4: 1.0, 5: 1.0}


@dataclass(frozen=True, slots=True)
class Share:
    """A satisfaction share in [0, 1] with its standard error and interval."""

    share: float
    se: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class UnitSatisfaction:
    """What one unit's respondents say.  ``overall`` and ``concepts`` None: nothing to estimate.

    ``covariance`` (C, C) belongs to the concepts in their order.
    """

    unit: str
    n: int
    n_effective: float
    overall: Share | None
    unweighted: float | None
    concepts: Mapping[str, Share | None]
    covariance: NDArray[np.float64]


def interval(
    share: float, se: float, *, n: int, deff: float, level: float = 0.95, complete: bool = False
) -> tuple[float, float]:
    """Wilson interval with the effective number of answers that the standard error implies.

    Parameters
    ----------
    share, se : float
        Estimate in [0, 1] and its design-based standard error.
    n : int
        Respondents, used with ``deff`` (Kish) where the standard error is zero and says nothing.
    deff : float
    level : float
    complete : bool
        The whole population was asked: the interval is the share itself.

    Returns
    -------
    (low, high) : float
        Within [0, 1].

    Notes
    -----
    n_eff = p (1 − p) / V, or n / deff where V is zero (F12): at 0 and 1, and inside where every
    cell is of one mind.  Few answers that agree are no proof that everybody does.
    Source: Wilson (1927); Korn and Graubard (1998) for n_eff.
    """
    if complete:
        return share, share
    # Rounding leaves a zero standard error at the 17th digit.
    spread = 0 < share < 1 and se > _NO_SPREAD
    effective = share * (1 - share) / se**2 if spread else n / deff
    z = NormalDist().inv_cdf(0.5 + level / 2)
    shrunk = 1 + z * z / effective
    centre = (share + z * z / (2 * effective)) / shrunk
    reach = z * sqrt(share * (1 - share) / effective + z * z / (4 * effective**2)) / shrunk
    return max(0.0, min(centre - reach, share)), min(1.0, max(centre + reach, share))


def satisfaction(
    respondents: pd.DataFrame,
    concepts: Mapping[str, Sequence[str]],
    populations: Mapping[str, float],
    *,
    units: Sequence[str],
    scores: Mapping[str, Mapping[int, float]] | None = None,
    level: float = 0.95,
) -> tuple[list[UnitSatisfaction], UnitSatisfaction]:
    """Estimate the satisfaction of units and of all of them together.

    Parameters
    ----------
    respondents : DataFrame
        One row a returned questionnaire of the sample: ``unit``; ``cell`` (weighting cell within
        the unit, at once variance stratum and post-stratum); ``weight`` before
        post-stratification; ``eligible`` (bool; others keep their place in the design and count
        nowhere); one column for each item, 1 … 5 or NaN where there is no valid answer.
    concepts : mapping
        Concept -> its items; the overall share pools the items of all concepts.
    populations : mapping
        Cell -> units of the frame in it.
    units : sequence of str
        All units that are assessed, those without respondents included.
    scores : mapping, optional
        Concept -> answer -> score in [0, 1], for concepts that are not scored by the share of
        satisfied answers (4 and 5 count 1, the others 0).
    level : float
        Confidence level.

    Returns
    -------
    (list of UnitSatisfaction, UnitSatisfaction)
        One for each unit in the given order, and the whole.

    Raises
    ------
    EstimationError
        ``satisfaction.scale`` for a value off the scale; DesignError ``design.lonely_psu`` for a
        cell with one respondent: merge it first.

    Notes
    -----
    A share is the ratio Σ w·satisfied / Σ w·valid over the concept's items (F1, pooled).  The
    design is stratified by cell with finite population correction, post-stratified to the frame.
    """
    counted = _counts(respondents, concepts, scores or {})
    names = [*concepts, _OVERALL]
    if counted.empty:
        nobody = [_nobody(unit, concepts) for unit in units]
        return nobody, _nobody("", concepts)
    design = _design(counted, populations)
    weights = design.weights
    found = [
        _unit(design, weights, counted, unit, (counted["unit"] == unit).to_numpy(), names, level)
        for unit in units
    ]
    everyone = np.ones(len(counted), dtype=bool)
    return found, _unit(design, weights, counted, "", everyone, names, level)


_OVERALL = ""


def _design(counted: pd.DataFrame, populations: Mapping[str, float]) -> SurveyDesign:
    present = {cell: populations[cell] for cell in sorted(counted["cell"].unique())}
    frame = counted.assign(population=counted["cell"].map(present))
    return SurveyDesign(frame, weights="weight", strata="cell", fpc="population").poststratify(
        "cell", present
    )


def _counts(
    respondents: pd.DataFrame,
    concepts: Mapping[str, Sequence[str]],
    scores: Mapping[str, Mapping[int, float]],
) -> pd.DataFrame:
    """Scores and number of valid answers of each row, by concept and over all."""
    out = respondents[["unit", "cell", "weight", "eligible"]].reset_index(drop=True)
    groups = {**concepts, _OVERALL: [item for items in concepts.values() for item in items]}
    eligible = out["eligible"].to_numpy(dtype=bool)
    for name, items in groups.items():
        values = respondents[list(items)].to_numpy(dtype=float)
        valid = np.isfinite(values)
        off = valid & ((values < SCALE[0]) | (values > SCALE[1]))
        if off.any():
            row, column = map(int, np.argwhere(off)[0])
            raise EstimationError(
                "satisfaction.scale",
                f"Row {row}, item {items[column]!r}: {values[row, column]:g} is off the scale.",
                row=row,
                item=items[column],
            )
        valid &= eligible[:, None]
        score = np.array([scores.get(name, _SATISFIED)[step] for step in range(1, 6)])
        steps = np.where(valid, values, 1).astype(int) - 1
        out[f"score {name}"] = np.where(valid, score[steps], 0.0).sum(axis=1)
        out[f"valid {name}"] = valid.sum(axis=1).astype(float)
    return out


def _unit(
    design: SurveyDesign,
    weights: NDArray[np.float64],
    counted: pd.DataFrame,
    unit: str,
    member: NDArray[np.bool_],
    names: list[str],
    level: float,
) -> UnitSatisfaction:
    answered = member & (counted[f"valid {_OVERALL}"] > 0).to_numpy()
    n = int(answered.sum())
    concepts = names[:-1]
    if not n:
        return _nobody(unit, concepts)
    asked = [name for name in names if counted.loc[member, f"valid {name}"].sum() > 0]
    made = design.where(member).ratio(
        [f"score {name}" for name in asked], [f"valid {name}" for name in asked]
    )
    shares: dict[str, Share | None] = dict.fromkeys(names)
    for name, row in zip(asked, made.table.itertuples(), strict=True):
        # The share is a ratio of sums: rounding can leave it a hair outside.
        share = min(max(float(row.estimate), 0.0), 1.0)
        heard = member & (counted[f"valid {name}"] > 0).to_numpy()
        low, high = interval(
            share,
            float(row.se),
            n=int(heard.sum()),
            deff=kish_deff(weights[heard]),
            level=level,
            complete=bool(np.allclose(weights[member], 1.0, rtol=0, atol=1e-9)),
        )
        shares[name] = Share(share, float(row.se), low, high)
    covariance = np.zeros((len(concepts), len(concepts)))
    kept = [concepts.index(name) for name in asked if name in concepts]
    covariance[np.ix_(kept, kept)] = made.cov[: len(kept), : len(kept)]
    rows = counted.loc[member]
    return UnitSatisfaction(
        unit=unit,
        n=n,
        n_effective=effective_n(weights[answered]),
        overall=shares.pop(_OVERALL),
        unweighted=float(rows[f"score {_OVERALL}"].sum() / rows[f"valid {_OVERALL}"].sum()),
        concepts=shares,
        covariance=covariance,
    )


def _nobody(unit: str, concepts: Sequence[str] | Mapping) -> UnitSatisfaction:
    names = [name for name in concepts if name != _OVERALL]
    empty = np.zeros((len(names), len(names)))
    return UnitSatisfaction(unit, 0, 0.0, None, None, dict.fromkeys(names), empty)
