"""Sums of many units in one pass, where every weighting cell lies within one unit.

The same figures as a `SurveyDesign` post-stratified by its own strata gives unit by unit, for as
many units as a country has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.index.unit_sums import UnitSums, silent

_NO_WEIGHT = 1e-300


def applies(unit: NDArray, cell: NDArray, population: NDArray[np.float64]) -> bool:
    """Whether cells lie within units and each has two answers or more, of no more dossiers.

    Elsewhere the design itself has to answer, or to refuse.
    """
    found = pd.DataFrame({"unit": unit, "cell": cell, "population": population})
    of_cell = found.groupby("cell").agg(
        units=("unit", "nunique"), n=("unit", "size"), population=("population", "first")
    )
    nested = (of_cell["units"] == 1).all()
    return bool(
        nested and (of_cell["n"] > 1).all() and (of_cell["n"] <= of_cell["population"]).all()
    )


def nested_sums(
    counted: pd.DataFrame,
    population: NDArray[np.float64],
    units: Sequence[str],
    names: Sequence[str],
) -> tuple[list[UnitSums], UnitSums]:
    """Sums of each unit and of the whole.

    Parameters
    ----------
    counted : DataFrame
        One row an answer: ``unit``, ``cell``, ``weight`` before post-stratification, and for each
        name ``score name`` and ``valid name``.
    population : (n,) float
        Dossiers of each row's cell.
    units, names : sequence of str
        In the order of the result; the last name pools all items.

    Notes
    -----
    With w the weights scaled to N_h in cell h and u = (score − R valid) / Σ w valid, the covariance
    of the ratios R is Σ_h (1 − n_h/N_h) n_h/(n_h − 1) Σ (z − z̄_h)(z − z̄_h)', z = w (u − ū_h),
    ū_h the mean of the cell by the weights before.
    Source: Särndal, Swensson and Wretman (1992), secs. 5.6, 7.6; Lumley (2010), sec. 7.2.
    """
    order = np.argsort(counted["unit"].to_numpy(), kind="stable")
    rows = counted.iloc[order]
    cells = pd.factorize(rows["cell"].to_numpy())[0]
    before = rows["weight"].to_numpy(dtype=float)
    sums, n = np.bincount(cells, before), np.bincount(cells)
    size = population[order]
    weight = before * size / sums[cells]
    score = rows[[f"score {name}" for name in names]].to_numpy(dtype=float)
    valid = rows[[f"valid {name}" for name in names]].to_numpy(dtype=float)
    scale = np.sqrt((1 - n[cells] / size) * n[cells] / (n[cells] - 1))
    of_rows = _Rows(cells, before / sums[cells], weight, 1 / n[cells], scale, score, valid)
    own = rows["unit"].to_numpy()
    starts = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])
    ends = np.r_[starts[1:], own.size]
    made = {
        own[start]: _summed(of_rows, slice(start, end), own[start], names)
        for start, end in zip(starts, ends, strict=True)
    }
    whole = _summed(of_rows, slice(0, own.size), "", names)
    return [made.get(unit) or silent(unit, names) for unit in units], whole


@dataclass(frozen=True, slots=True)
class Means:
    """Means (K,) as the column ``estimate`` of ``table``, and their covariance ``cov`` (K, K)."""

    table: pd.DataFrame
    cov: NDArray[np.float64]


class NestedDesign:
    """Means of all answers as a `SurveyDesign` post-stratified by its own strata gives them.

    ``rows`` has ``cell``, ``weight`` before post-stratification and the columns to average.  The
    design itself holds a matrix of cells by cells, which a country has no room for.
    """

    def __init__(
        self,
        rows: pd.DataFrame,
        population: NDArray[np.float64],
        inside: NDArray[np.bool_] | None = None,
    ) -> None:
        self._rows, self._population = rows, population
        self._inside = np.ones(len(rows), dtype=bool) if inside is None else inside

    def where(self, mask: NDArray[np.bool_]) -> NestedDesign:
        """The domain of the rows where ``mask`` (n,) is true; the cells stay whole."""
        return NestedDesign(self._rows, self._population, self._inside & mask)

    def mean(self, names: Sequence[str]) -> Means:
        """Means of columns (finite inside the domain) with their covariance."""
        inside = self._inside.astype(float)
        counted = self._rows[["cell", "weight"]].assign(unit="")
        values = {f"score {name}": self._rows[name].to_numpy() * inside for name in names}
        valid = {f"valid {name}": inside for name in names}
        counted = pd.concat([counted, pd.DataFrame(values | valid, index=counted.index)], axis=1)
        _, whole = nested_sums(counted, self._population, [], names)
        estimate = np.divide(
            whole.score, whole.valid, out=np.full(len(names), np.nan), where=whole.valid > 0
        )
        return Means(pd.DataFrame({"estimate": estimate}, index=list(names)), whole.covariance)


class _Rows:
    """Columns of the answers, sorted by unit: cell, shares within it, weight, scores."""

    def __init__(
        self,
        cell: NDArray[np.int64],
        share: NDArray[np.float64],
        weight: NDArray[np.float64],
        even: NDArray[np.float64],
        scale: NDArray[np.float64],
        score: NDArray[np.float64],
        valid: NDArray[np.float64],
    ) -> None:
        self.cell, self.share, self.weight = cell, share, weight
        self.even, self.scale, self.score, self.valid = even, scale, score, valid


def _summed(rows: _Rows, part: slice, unit: str, names: Sequence[str]) -> UnitSums:
    weight, score, valid = rows.weight[part], rows.score[part], rows.valid[part]
    heard = valid > 0
    answered = weight[heard[:, -1]]
    if not answered.size:
        return silent(unit, names)
    total, base = weight @ score, weight @ valid
    ratio = np.divide(total, base, out=np.zeros_like(total), where=base > 0)
    u = (score - ratio * valid) / np.where(base > 0, base, np.inf)
    cell = np.unique(rows.cell[part], return_inverse=True)[1]
    z = weight[:, None] * (u - _means(cell, rows.share[part], u)[cell])
    z = (z - _means(cell, rows.even[part], z)[cell]) * rows.scale[part, None]
    n = heard.sum(axis=0)
    sums, squares = weight @ heard, weight**2 @ heard
    deff = np.where(n > 0, n * squares / np.maximum(sums**2, _NO_WEIGHT), 1.0)
    plain = valid[:, -1].sum()
    return UnitSums(
        unit=unit,
        n=int(answered.size),
        n_effective=float(answered.sum() ** 2 / (answered**2).sum()),
        names=tuple(names),
        score=total,
        valid=base,
        heard=n.astype(int),
        deff=deff,
        covariance=z.T @ z,
        complete=bool(np.allclose(weight, 1.0, rtol=0, atol=1e-9)),
        unweighted=float(score[:, -1].sum() / plain),
    )


def _means(
    cell: NDArray[np.int64], share: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(H, K) means of the cells; ``share`` sums to one within each."""
    n = int(cell.max()) + 1
    return np.column_stack([np.bincount(cell, share * each, minlength=n) for each in values.T])
