"""Which parts of the service go with overall satisfaction, and how strongly (key drivers)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import atanh, tanh
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.design import SurveyDesign
from analysis.errors import EstimationError

#: Fewest respondents for each predictor of the regression.
_PER_PREDICTOR = 10
#: A spread below this is none: the last digits of a constant.
_FLAT = 1e-9


@dataclass(frozen=True, slots=True)
class Driver:
    """One concept.  ``correlation`` with the overall rating, its standard error and interval;
    ``beta``: standardised slope beside the other concepts, None where the regression is left out.
    """

    concept: str
    n: int
    correlation: float
    se: float
    low: float
    high: float
    beta: float | None = None
    beta_se: float | None = None


@dataclass(frozen=True, slots=True)
class Drivers:
    """Concepts in the given order, without those that nobody or everybody rated alike.

    ``r_squared`` of the regression on its ``n_regression`` complete rows; None if it is left out.
    """

    drivers: tuple[Driver, ...]
    n_regression: int
    r_squared: float | None
    level: float


#: Makes the design of the same rows with these columns.
DesignOf = Callable[[pd.DataFrame], SurveyDesign]


def key_drivers(
    rows: pd.DataFrame,
    concepts: Mapping[str, Sequence[str]],
    overall: str,
    design_of: DesignOf,
    *,
    level: float = 0.95,
) -> Drivers:
    """Derived importance of concepts: how closely their rating moves with the overall one.

    Parameters
    ----------
    rows : DataFrame
        One row a respondent; the items and ``overall`` are columns, 1 … 5 or NaN.
    concepts : mapping
        Concept -> its items; a respondent's rating of a concept is the mean of the valid ones.
    overall : str
        The column of the overall rating.
    design_of : callable
        Takes a frame of new columns with the same rows, gives the design with them.
    level : float
        Confidence level of the correlations' intervals.

    Returns
    -------
    Drivers

    Notes
    -----
    Correlations and standardised slopes are functions of weighted means of products; their
    variances follow by linearisation (delta method) from the design's covariance of these means.
    The interval of a correlation is that of Fisher's z, so that it stays in [-1, 1].  Association,
    measured once: it does not say that raising one raises the other.
    Source: Särndal, Swensson and Wretman (1992), sec. 5.5 and 5.9; Fisher (1921); importance-
    performance analysis after Martilla and James (1977).

    Raises
    ------
    EstimationError
        ``drivers.overall`` if there is no such column, or all overall ratings are alike.
    """
    if overall not in rows:
        raise EstimationError("drivers.overall", f"No column {overall!r}.", column=overall)
    ratings = pd.DataFrame(
        {name: rows[list(items)].astype(float).mean(axis=1) for name, items in concepts.items()}
    )
    y = rows[overall].to_numpy(dtype=float)
    if not np.nanstd(y) > _FLAT:
        raise EstimationError("drivers.overall", "All overall ratings are alike.", column=overall)
    found = [_driver(design_of, ratings[name].to_numpy(), y, name, level) for name in ratings]
    kept = [driver for driver in found if driver is not None]
    names = [driver.concept for driver in kept]
    slopes = _regression(design_of, ratings[names].to_numpy(), y)
    if slopes is None:
        return Drivers(tuple(kept), 0, None, level)
    beta, se, r_squared, n = slopes
    with_slopes = tuple(
        Driver(d.concept, d.n, d.correlation, d.se, d.low, d.high, float(b), float(s))
        for d, b, s in zip(kept, beta, se, strict=True)
    )
    return Drivers(with_slopes, n, r_squared, level)


def _driver(design_of: DesignOf, x: NDArray, y: NDArray, name: str, level: float) -> Driver | None:
    complete = np.isfinite(x) & np.isfinite(y)
    n = int(complete.sum())
    if n < _PER_PREDICTOR or min(np.std(x[complete]), np.std(y[complete])) < _FLAT:
        return None
    means, covariance = _moments(design_of, np.column_stack([x, y]), complete)
    value, se = _delta(lambda m: _correlations(m, 2)[0, 1:], means, covariance)
    r = min(max(float(value[0]), -1.0), 1.0)
    low, high = _fisher(r, float(se[0]), level)
    return Driver(name, n, r, float(se[0]), low, high)


def _regression(
    design_of: DesignOf, x: NDArray, y: NDArray
) -> tuple[NDArray, NDArray, float, int] | None:
    """Standardised slopes, their standard errors, R² and rows; None with too few rows."""
    complete = np.isfinite(x).all(axis=1) & np.isfinite(y)
    n, p = int(complete.sum()), x.shape[1]
    if p == 0 or n < _PER_PREDICTOR * (p + 1):
        return None
    means, covariance = _moments(design_of, np.column_stack([x, y]), complete)
    r = _correlations(means, p + 1)
    if not np.isfinite(r).all() or np.linalg.cond(r[:p, :p]) > 1e8:
        return None

    def slopes(m: NDArray) -> NDArray:
        found = _correlations(m, p + 1)
        return np.linalg.solve(found[:p, :p], found[:p, p])

    beta, se = _delta(slopes, means, covariance)
    return beta, se, float(beta @ r[:p, p]), n


def _moments(
    design_of: DesignOf, z: NDArray, complete: NDArray[np.bool_]
) -> tuple[NDArray, NDArray]:
    """Means of the columns and of their products over the complete rows, and their covariance."""
    # Centred first: products of large numbers would lose the digits that matter.
    z = np.where(complete[:, None], z - z[complete].mean(axis=0), 0.0)
    k = z.shape[1]
    products = [z[:, i] * z[:, j] for i in range(k) for j in range(i, k)]
    columns = np.column_stack([z, *products])
    names = [f"moment {i}" for i in range(columns.shape[1])]
    design = design_of(pd.DataFrame(columns, columns=names))
    made = design.where(complete).mean(names)
    return made.table["estimate"].to_numpy(dtype=float), made.cov


def _correlations(m: NDArray, k: int) -> NDArray:
    """Correlation matrix (k, k) from k means and the k(k+1)/2 means of products."""
    second = np.zeros((k, k))
    rows, columns = np.triu_indices(k)
    second[rows, columns] = m[k:]
    second[columns, rows] = m[k:]
    centred = second - np.outer(m[:k], m[:k])
    spread = np.sqrt(np.diag(centred))
    return centred / np.outer(spread, spread)


def _delta(
    function: Callable[[NDArray], NDArray], at: NDArray, covariance: NDArray
) -> tuple[NDArray, NDArray]:
    """Value of a smooth function of means and its standard errors, by central differences."""
    step = 1e-6 * np.maximum(np.abs(at), 1.0)
    slopes = np.column_stack(
        [
            (function(at + shift) - function(at - shift)) / (2 * width)
            for width, shift in zip(step, np.diag(step), strict=True)
        ]
    )
    variances = np.einsum("ij,jk,ik->i", slopes, covariance, slopes)
    return function(at), np.sqrt(np.clip(variances, 0, None))


def _fisher(r: float, se: float, level: float) -> tuple[float, float]:
    if abs(r) >= 1 - _FLAT:
        return r, r
    reach = NormalDist().inv_cdf(0.5 + level / 2) * se / (1 - r * r)
    return tanh(atanh(r) - reach), tanh(atanh(r) + reach)
