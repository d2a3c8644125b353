"""Satisfaction shares of units, with the uncertainty that the sample leaves (F1, F11, F12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.design import SurveyDesign
from analysis.errors import EstimationError
from analysis.index import nested_sums
from analysis.index.unit_sums import OVERALL, UnitSatisfaction, UnitSums, estimated, silent
from analysis.weighting.diagnostics import effective_n, kish_deff

SCALE = (1, 5)
#: "Satisfied" and "very satisfied" count, the other answers do not.
_SATISFIED = {1: 0.0, 2: 0.0, 3: 0.0, 4: 1.0, 5: 1.0}


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
        post-stratification; ``person`` where one person has several rows, one for each unit that
        was assessed (they are then one cluster); ``psu`` where answers come from areas drawn
        within the cell (`design_of`); ``eligible`` (bool; others keep their place in
        the design and count nowhere); one column for each item, 1 … 5 or NaN where there is no
        valid answer.
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
    units_sums, whole = unit_sums(respondents, concepts, populations, units=units, scores=scores)
    return [estimated(sums, level=level) for sums in units_sums], estimated(whole, level=level)


def unit_sums(
    respondents: pd.DataFrame,
    concepts: Mapping[str, Sequence[str]],
    populations: Mapping[str, float],
    *,
    units: Sequence[str],
    scores: Mapping[str, Mapping[int, float]] | None = None,
) -> tuple[list[UnitSums], UnitSums]:
    """All that the estimates need of the answers, added up by unit.

    Parameters, errors and source as in `satisfaction`.

    Returns
    -------
    (list of UnitSums, UnitSums)
        One for each unit in the given order, and the whole.
    """
    counted = _counts(respondents, concepts, scores or {})
    names = [*concepts, OVERALL]
    if counted.empty:
        return [silent(unit, names) for unit in units], silent("", names)
    sizes = counted["cell"].map(populations).to_numpy(dtype=float)
    nested = "psu" not in counted and nested_sums.applies(
        counted["unit"].to_numpy(), counted["cell"].to_numpy(), sizes
    )
    if nested:
        return nested_sums.nested_sums(counted, sizes, units, names)
    return _by_design(counted, populations, units, names)


def _by_design(
    counted: pd.DataFrame,
    populations: Mapping[str, float],
    units: Sequence[str],
    names: list[str],
) -> tuple[list[UnitSums], UnitSums]:
    """Unit by unit as a domain of one design, whose cells may reach over several units."""
    design = design_of(counted, populations)
    weights = design.weights
    found = [
        _unit(design, weights, counted, unit, (counted["unit"] == unit).to_numpy(), names)
        for unit in units
    ]
    everyone = np.ones(len(counted), dtype=bool)
    return found, _unit(design, weights, counted, "", everyone, names)


def design_of(counted: pd.DataFrame, populations: Mapping[str, float]) -> SurveyDesign:
    """The design of answers: stratified by cell with finite population correction, post-stratified.

    ``counted`` has ``cell`` and ``weight``, and ``person`` where one has several rows;
    ``populations`` are the dossiers, or persons, of each cell.

    With ``psu`` (areas, drawn with unequal probabilities, households and adults drawn within) it is
    stratified by cell with areas as ultimate clusters: their spread holds that of all stages.  No
    finite population correction, which errs on the safe side, and no margin: nobody counted the
    adults of a cell.
    Source: Särndal, Swensson and Wretman (1992), sec. 4.6 (with-replacement variance estimator).
    """
    if "psu" in counted:
        return SurveyDesign(counted, weights="weight", strata="cell", psu="psu")
    present = {cell: populations[cell] for cell in sorted(counted["cell"].unique())}
    frame = counted.assign(population=counted["cell"].map(present))
    psu = "person" if "person" in frame else None
    design = SurveyDesign(frame, weights="weight", strata="cell", psu=psu, fpc="population")
    return design.poststratify("cell", present)


def _counts(
    respondents: pd.DataFrame,
    concepts: Mapping[str, Sequence[str]],
    scores: Mapping[str, Mapping[int, float]],
) -> pd.DataFrame:
    """Scores and number of valid answers of each row, by concept and over all."""
    kept = ["unit", "cell", "weight", "eligible"]
    kept += [name for name in ("person", "psu") if name in respondents]
    out = respondents[kept].reset_index(drop=True)
    groups = {**concepts, OVERALL: [item for items in concepts.values() for item in items]}
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
        score = np.array([scores.get(name, _SATISFIED).get(step, 0.0) for step in range(1, 6)])
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
) -> UnitSums:
    answered = member & (counted[f"valid {OVERALL}"] > 0).to_numpy()
    n = int(answered.sum())
    if not n:
        return silent(unit, names)
    heard = {name: member & (counted[f"valid {name}"] > 0).to_numpy() for name in names}
    asked = [name for name in names if heard[name].any()]
    domain = design.where(member)
    made = domain.ratio([f"score {name}" for name in asked], [f"valid {name}" for name in asked])
    rows = counted.loc[member]
    kept = [names.index(name) for name in asked]
    covariance = np.zeros((len(names), len(names)))
    covariance[np.ix_(kept, kept)] = made.cov
    weighted = weights[member]
    return UnitSums(
        unit=unit,
        n=n,
        n_effective=effective_n(weights[answered]),
        names=tuple(names),
        score=np.array([float(weighted @ rows[f"score {name}"]) for name in names]),
        valid=np.array([float(weighted @ rows[f"valid {name}"]) for name in names]),
        heard=np.array([int(heard[name].sum()) for name in names]),
        deff=np.array([kish_deff(weights[heard[x]]) if x in asked else 1.0 for x in names]),
        covariance=covariance,
        complete=bool(np.allclose(weighted, 1.0, rtol=0, atol=1e-9)),
        unweighted=float(rows[f"score {OVERALL}"].sum() / rows[f"valid {OVERALL}"].sum()),
        df=domain.df if "psu" in counted else None,
    )
