"""Confidence intervals of proportions that stay between 0 and 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.estimates import critical

METHODS = ("logit", "wilson", "beta", "asin", "xlogit", "wald")


def critical_all(level: float, df: NDArray[np.float64]) -> NDArray[np.float64]:
    """`critical` for each of ``df``, any shape."""
    df = np.asarray(df, dtype=float)
    values, place = np.unique(df, return_inverse=True)
    return np.array([critical(level, d) for d in values])[place.reshape(df.shape)]


def check_level(level: float) -> None:
    if not 0 < level < 1:
        raise EstimationError(
            "estimate.level", f"Level {level!r} is not between 0 and 1.", level=level
        )


def proportion_interval(
    p: NDArray[np.float64],
    se: NDArray[np.float64],
    df: NDArray[np.float64],
    n: NDArray[np.float64],
    *,
    method: str,
    level: float = 0.95,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits for proportions ``p`` with standard errors and degrees of freedom, all (q,).

    Parameters
    ----------
    n : (q,) float
        Rows used; the effective sample size of ``beta`` and ``wilson`` starts from it.
    method : str
        ``logit`` and ``xlogit`` (t on the log odds), ``asin`` (t on arcsine of the root),
        ``wald`` (t, cut at nothing), ``beta`` (Korn and Graubard 1998, Survey Methodology 24,
        193–201), ``wilson`` (score interval at the effective sample size p(1−p)/se²).

    Raises
    ------
    EstimationError
        ``proportion.method``, ``estimate.level``.

    Notes
    -----
    At 0 or 1 with no variance the effective size of ``beta`` and ``wilson`` is n; the log odds and
    the arcsine have no interval there (NaN, as in R's ``survey``): "30 of 30" is no certainty.  The
    limits of a share in between that the design fixes (a category that is a stratum) are the share.
    Source: Korn and Graubard (1999), Analysis of Health Surveys, sec. 2.3; Dean and Pagano (2015).
    """
    check_level(level)
    if method not in METHODS:
        raise EstimationError(
            "proportion.method", f"Unknown {method!r}.", hint=f"One of {METHODS}.", method=method
        )
    t = critical_all(level, df)
    if method != "wald":
        # Weights add up to a share of all but rounding; that is all, and has no variance.
        end = np.round(p)
        whole = np.abs(p - end) < 1e-12
        p, se = np.where(whole, end, p), np.where(whole, 0.0, se)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "wald":
            return p - t * se, p + t * se
        if method in ("beta", "wilson"):
            return _effective(p, se, df, n, t, method, level)
        low, high = _transformed(p, se, t, method)
    settled = (p <= 0) | (p >= 1)
    return np.where(settled, np.nan, low), np.where(settled, np.nan, high)


def _transformed(p, se, t, method):
    if method == "asin":
        middle, reach = np.arcsin(np.sqrt(np.clip(p, 0, 1))), t * se / (2 * np.sqrt(p * (1 - p)))
        return np.sin(middle - reach) ** 2, np.sin(middle + reach) ** 2
    middle, reach = np.log(p / (1 - p)), t * se / (p * (1 - p))
    return 1 / (1 + np.exp(reach - middle)), 1 / (1 + np.exp(-reach - middle))


def _effective(p, se, df, n, t, method, level):
    # A share that the design fixes has a variance of rounding only.
    fixed = (p > 0) & (p < 1) & (se <= 1e-12 * np.sqrt(p * (1 - p)))
    size = np.where(se > 0, p * (1 - p) / se**2, n)
    if method == "wilson":
        size_t = t**2 / size
        middle = (p + size_t / 2) / (1 + size_t)
        reach = t * np.sqrt(p * (1 - p) / size + size_t / (4 * size)) / (1 + size_t)
        return np.where(fixed, p, middle - reach), np.where(fixed, p, middle + reach)
    from scipy.special import betaincinv

    size = size * np.where(se > 0, critical_all(level, n - 1) / t, 1.0) ** 2
    tail = (1 - level) / 2
    low = betaincinv(np.maximum(size * p, 1e-300), size * (1 - p) + 1, tail)
    high = betaincinv(size * p + 1, np.maximum(size * (1 - p), 1e-300), 1 - tail)
    low, high = np.where(p <= 0, 0.0, low), np.where(p >= 1, 1.0, high)
    return np.where(fixed, p, low), np.where(fixed, p, high)
