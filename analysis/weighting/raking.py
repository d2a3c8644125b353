"""Post-stratification and raking: weights brought to known counts of categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import CalibrationError
from analysis.estimation.basis import Basis
from analysis.estimation.stages import as_list
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


def poststratified(
    basis: Basis, strata: str | Sequence[str], totals: Mapping[Any, float]
) -> Basis:
    """See `SurveyDesign.poststratify`."""
    margin = make_margin(basis.frame, strata, totals)
    before = np.where(basis.inside, basis.weights, 0.0)
    sums = require_filled(margin, before)
    after = before * np.divide(margin.totals, sums, out=np.ones_like(sums), where=sums > 0)[
        margin.code
    ]
    step = make_step(indicators(margin.code, margin.totals.size), before, after)
    return replace(
        basis,
        weights=after,
        steps=(*basis.steps, step),
        sequence=(*basis.sequence, len(basis.steps)),
        notes=(*basis.notes, f"post-stratified by {margin.name}"),
    )
