"""Post-stratification and raking: weights brought to known counts of categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import CalibrationError
from analysis.estimation.basis import Basis
from analysis.estimation.stages import as_list
from analysis.weighting.calibration import Recipe, pattern_of, refuse_replicates, remember
from analysis.weighting.residuals import indicators, make_step


@dataclass(frozen=True, eq=False)
class Margin:
    """A known distribution: ``code`` (n,) of each row's category, and ``totals`` by category."""

    name: str
    keys: list[Any]
    code: NDArray[np.int64]
    totals: NDArray[np.float64]


def make_margin(
    frame: pd.DataFrame, columns: str | Sequence[str], totals: Mapping[Any, float]
) -> Margin:
    """Code a margin and check its totals.

    Raises
    ------
    CalibrationError
        ``calibrate.no_column``, ``calibrate.unknown_category`` (a row has no total),
        ``calibrate.total`` (not a positive number).
    """
    names = as_list(columns)
    name = " × ".join(names)
    for column in names:
        if column not in frame:
            raise CalibrationError(
                "calibrate.no_column", f"There is no column {column!r}.", column=column
            )
    keys = list(totals)
    values = np.array([_number(name, key, total) for key, total in totals.items()])
    if len(names) == 1:
        own, found = pd.factorize(frame[names[0]])
        levels = list(found)
    else:
        own, found = pd.factorize(pd.MultiIndex.from_frame(frame[names]))
        levels = list(found)
    place = {key: code for code, key in enumerate(keys)}
    recode = np.array([place.get(level, -1) for level in levels], dtype=np.int64)
    code = np.where(own < 0, -1, recode[np.maximum(own, 0)])
    lost = np.flatnonzero(code < 0)
    if lost.size:
        row = int(lost[0])
        key = levels[own[row]] if own[row] >= 0 else None
        raise CalibrationError(
            "calibrate.unknown_category",
            f"Row {row}: {name} has no total for {key!r}.",
            hint="Give every category of the sample a total, or recode it.",
            row=row,
            margin=name,
            category=key,
        )
    return Margin(name, keys, code, values)


def _number(name: str, key: Any, total: float) -> float:
    try:
        value = float(total)
    except (TypeError, ValueError):
        value = float("nan")
    if not np.isfinite(value) or value < 0:
        raise CalibrationError(
            "calibrate.total",
            f"{name}: the total of {key!r} must be a number of at least 0, not {total!r}.",
            margin=name,
            category=key,
        )
    return value


def require_filled(margin: Margin, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted counts by category; a category with a total must hold a row, and the reverse.

    Raises CalibrationError ``calibrate.empty_category``, ``calibrate.total``.
    """
    sums = np.bincount(margin.code, weights, minlength=margin.totals.size)
    for key, total, held in zip(margin.keys, margin.totals, sums, strict=True):
        if total > 0 and held == 0:
            raise CalibrationError(
                "calibrate.empty_category",
                f"{margin.name}: category {key!r} of {total:g} has no respondent.",
                hint="Merge it with a neighbour.",
                margin=margin.name,
                category=key,
                total=float(total),
            )
        if total == 0 and held > 0:
            raise CalibrationError(
                "calibrate.total",
                f"{margin.name}: category {key!r} has respondents but a total of 0.",
                margin=margin.name,
                category=key,
            )
    return sums


def poststratified(basis: Basis, strata: str | Sequence[str], totals: Mapping[Any, float]) -> Basis:
    """See `SurveyDesign.poststratify`."""
    refuse_replicates(basis)
    margin = make_margin(basis.frame, strata, totals)
    before = np.where(basis.inside, basis.weights, 0.0)
    require_filled(margin, before)
    known = indicators(margin.code, margin.totals.size)
    live = margin.totals > 0
    recipe = Recipe(known[:, live], margin.totals[live], "linear", None, margin.code)
    after = before * recipe.ratios_of_rows(before)
    return remember(
        basis, after, recipe, [make_step(known, before, after)], f"post-stratified by {margin.name}"
    )


def raked(
    basis: Basis,
    margins: Mapping[str | tuple[str, ...], Mapping[Any, float]],
    tol: float,
    max_iter: int,
) -> Basis:
    """See `SurveyDesign.rake`.

    Notes
    -----
    The weights are the limit of iterative proportional fitting, found by Newton's method on its
    dual, over the cells of the crossed margins; scores lose the cell means of each margin in turn,
    ten times over, as R's ``survey`` does.
    Source: Ireland and Kullback (1968), Biometrika 55; Deville, Särndal and Sautory (1993).
    """
    refuse_replicates(basis)
    if not margins:
        raise CalibrationError("calibrate.no_totals", "Name at least one margin.")
    made = [make_margin(basis.frame, columns, totals) for columns, totals in margins.items()]
    before = np.where(basis.inside, basis.weights, 0.0)
    known, totals = [], []
    for margin in made:
        require_filled(margin, before)
        live = margin.totals > 0
        known.append(indicators(margin.code, margin.totals.size)[:, live])
        totals.append(margin.totals[live])
    _refuse_unequal(made)
    recipe = Recipe(
        sparse.hstack(known, format="csr"), np.concatenate(totals), "raking", None,
        pattern_of([margin.code for margin in made]), tol, max_iter,
        tuple(f"{m.name}={key}" for m in made
              for key, total in zip(m.keys, m.totals, strict=True) if total > 0),
    )  # fmt: skip
    after = before * recipe.ratios_of_rows(before)
    ones = np.ones(len(before))
    steps = [make_step(part, ones, after) for part in known]
    names = ", ".join(margin.name for margin in made)
    return remember(basis, after, recipe, steps, f"raked to {names}", rounds=10)


def _refuse_unequal(margins: Sequence[Margin]) -> None:
    sizes = {margin.name: float(margin.totals.sum()) for margin in margins}
    if max(sizes.values()) - min(sizes.values()) > 1e-9 * max(sizes.values()):
        raise CalibrationError(
            "calibrate.contradiction",
            f"The margins add up to different populations: {sizes}.",
            hint="Bring the margins to one population size.",
            sizes=sizes,
        )
