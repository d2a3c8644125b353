"""Confidence sets for ranks: which places a unit can hold, given what the sample knows.

Rank 1 is the largest estimate.  A league table without these sets claims more than it knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError
from analysis.estimation import rankexact
from analysis.estimation.rankdraws import Draws, UnitDraws, draw_errors


@dataclass(frozen=True, slots=True)
class RankSets:
    """``lower`` ≤ ``rank`` ≤ ``upper``, each (m,) int in the order of the units given.

    ``simultaneous``: all sets hold together with probability ``level``; otherwise each by
    itself.  ``critical`` is the last critical value of the step-down: one number, or (m,) for
    marginal sets.  ``draws`` is 0 where no random number was used.
    """

    rank: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    level: float
    method: str
    simultaneous: bool
    critical: NDArray[np.float64]
    draws: int
    seed: int | None

    def best(self, places: int) -> NDArray[np.bool_]:
        """(m,) units that may be among the best ``places``: lower ≤ places."""
        return self.lower <= places

    def worst(self, places: int) -> NDArray[np.bool_]:
        """(m,) units that may be among the last ``places``."""
        return self.upper > self.rank.size - places


def ranks(estimates: ArrayLike) -> NDArray[np.int64]:
    """(m,) ranks, 1 for the largest; equal estimates share the smallest of their ranks."""
    x = np.asarray(estimates, dtype=np.float64)
    return 1 + x.size - np.searchsorted(np.sort(x), x, side="right")


def rank_sets(
    estimates: ArrayLike,
    cov: ArrayLike,
    *,
    level: float = 0.95,
    simultaneous: bool = True,
    stepdown: bool = True,
    draws: int | None = None,
    seed: int = 1,
) -> RankSets:
    """Confidence sets for ranks by comparing all pairs of units.

    Parameters
    ----------
    estimates : (m,) float
        What is ranked; two or more units.
    cov : (m, m) or (m,) float
        Covariance matrix of the estimates, or their variances where they are independent.
    level : float
        Coverage, in (0, 1).
    simultaneous : bool
        One statement about all units together, or one about each.
    stepdown : bool
        Leave out the comparisons already decided and look again (Romano and Wolf 2005): never
        wider, and of the same coverage.
    draws, seed : int
        Normal draws for the critical value, and where they start: the same seed gives the same
        sets whatever the machine's number of cores.  By default as many draws as four million
        normal numbers give, 10,000 at least and 200,000 at most; and none at all for marginal
        sets of up to 100 independent estimates, whose critical values are integrals.

    Returns
    -------
    RankSets
        lower = 1 + units that are surely above; upper = m − units that are surely below.

    Raises
    ------
    EstimationError
        ``ranking.shape``, ``ranking.missing``, ``ranking.level``, ``ranking.draws``,
        ``ranking.variance`` (negative), ``ranking.covariance`` (not symmetric or not positive
        semi-definite), ``ranking.no_difference`` (a pair whose difference has no variance).

    Notes
    -----
    j is surely above i when x_j − x_i > c s_ij, c the ``level`` quantile of
    max (e_i − e_j) / s_ij over the comparisons left, e ~ N(0, cov).
    Source: Mogstad, Romano, Shaikh and Wilhelm (2024), Rev. Econ. Stud. 91(1), sec. 3.
    """
    x, sigma = checked(estimates, cov, level)
    if draws is not None and draws < 100:
        raise EstimationError("ranking.draws", "At least 100 draws are needed.", draws=draws)
    exact = draws is None and not simultaneous and rankexact.applies(sigma)
    n = 0 if exact else draws or max(10_000, min(200_000, 4_000_000 // x.size))
    order = np.argsort(-x, kind="stable")
    # From here on the units are in falling order: only "i above j" with i < j can be decided.
    top, s = x[order], difference_sd(sigma)[np.ix_(order, order)]
    if exact:
        sd = np.sqrt(np.diag(sigma))[order]
        decided, critical = _marginal(
            top, s, lambda i: rankexact.ExactUnit(sd, s[i], i), level, stepdown
        )
    else:
        all_pairs = Draws(draw_errors(sigma[np.ix_(order, order)], n, seed), s)
        decided, critical = (
            _simultaneous(top, s, all_pairs, level, stepdown)
            if simultaneous
            else _marginal(top, s, all_pairs.of_unit, level, stepdown)
        )
    back = np.empty_like(order)
    back[order] = np.arange(order.size)
    return RankSets(
        rank=ranks(x),
        lower=(1 + decided.lower)[back],
        upper=(x.size - decided.upper)[back],
        level=level,
        method="pairwise, step-down" if stepdown else "pairwise, single step",
        simultaneous=simultaneous,
        critical=critical if critical.size == 1 else critical[back],
        draws=n,
        seed=None if exact else seed,
    )


def joint_interval_ranks(
    estimates: ArrayLike, variances: ArrayLike, *, level: float = 0.95, joint: str = "sidak"
) -> RankSets:
    """Simultaneous rank bounds from joint confidence intervals; no random numbers.

    Parameters
    ----------
    estimates, variances : (m,) float
        What is ranked, and the variance of each estimate.
    joint : str
        ``sidak``: every interval at level^(1/m); ``bonferroni``: at 1 − (1 − level) / m.

    Returns
    -------
    RankSets
        lower = 1 + units whose interval lies wholly above; upper = m − those wholly below.
        Wider than :func:`rank_sets`, but a reader can check them by eye.

    Raises
    ------
    EstimationError
        As :func:`rank_sets`; ``ranking.joint``.

    Notes
    -----
    Source: Klein, Wright and Wieczorek (2020), J. R. Stat. Soc. C 69(3); the two-sided normal
    intervals at Šidák's level hold jointly whatever the correlation (Šidák 1967).
    """
    from scipy.special import ndtri  # scipy is loaded where it is used: imports stay cheap

    x, variance = _finite(estimates, variances, level)
    if variance.ndim != 1:
        variance = np.diag(variance)
    _check_variance(variance)
    if joint not in ("sidak", "bonferroni"):
        raise EstimationError("ranking.joint", f"Unknown rule {joint!r}.", hint="sidak, bonferroni")
    each = level ** (1 / x.size) if joint == "sidak" else 1 - (1 - level) / x.size
    z = float(ndtri((1 + each) / 2))
    half = z * np.sqrt(variance)
    low, high = np.sort(x - half), np.sort(x + half)
    return RankSets(
        rank=ranks(x),
        lower=1 + x.size - np.searchsorted(low, x + half, side="right"),
        upper=x.size - np.searchsorted(high, x - half, side="left"),
        level=level,
        method=f"joint intervals, {joint}",
        simultaneous=True,
        critical=np.array([z]),
        draws=0,
        seed=None,
    )


@dataclass(frozen=True, slots=True)
class _Decided:
    lower: NDArray[np.int64]  # units surely above each
    upper: NDArray[np.int64]  # units surely below each


def _simultaneous(
    x: NDArray, s: NDArray, draws: Draws, level: float, stepdown: bool
) -> tuple[_Decided, NDArray[np.float64]]:
    gap = x[:, None] - x[None, :]
    decided = np.zeros(s.shape, dtype=bool)
    while True:
        c = draws.quantile(level, decided)
        now = decided | (gap > c * s)
        if not stepdown or (now == decided).all():
            return _Decided(now.sum(axis=0), now.sum(axis=1)), np.array([c])
        decided = now


def _marginal(
    x: NDArray,
    s: NDArray,
    comparisons: Callable[[int], UnitDraws | rankexact.ExactUnit],
    level: float,
    stepdown: bool,
) -> tuple[_Decided, NDArray[np.float64]]:
    m = x.size
    lower, upper = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
    critical = np.zeros(m)
    for i in range(m):
        gap, one = x - x[i], comparisons(i)
        above, below = np.zeros(m, dtype=bool), np.zeros(m, dtype=bool)
        while True:
            c = one.quantile(level, above, below)
            up, down = above | (gap > c * s[i]), below | (-gap > c * s[i])
            settled = not stepdown or ((up == above).all() and (down == below).all())
            above, below = up, down
            if settled:
                break
        lower[i], upper[i], critical[i] = above.sum(), below.sum(), c
    return _Decided(lower, upper), critical


def checked(estimates: ArrayLike, cov: ArrayLike, level: float) -> tuple[NDArray, NDArray]:
    """Estimates (m,) and their covariance (m, m), made of variances (m,) where these are given."""
    x, sigma = _finite(estimates, cov, level)
    sigma = np.diag(sigma) if sigma.ndim == 1 else sigma
    _check_variance(np.diag(sigma))
    if not np.allclose(sigma, sigma.T, rtol=1e-8, atol=1e-12 * np.diag(sigma).max()):
        raise EstimationError("ranking.covariance", "The covariance matrix is not symmetric.")
    return x, sigma


def _finite(estimates: ArrayLike, cov: ArrayLike, level: float) -> tuple[NDArray, NDArray]:
    x, sigma = np.asarray(estimates, dtype=np.float64), np.asarray(cov, dtype=np.float64)
    if x.ndim != 1 or x.size < 2 or sigma.shape not in ((x.size,), (x.size, x.size)):
        raise EstimationError(
            "ranking.shape",
            "Two or more estimates are needed, and their variances or covariance matrix.",
            estimates=x.shape,
            cov=sigma.shape,
        )
    if not (np.isfinite(x).all() and np.isfinite(sigma).all()):
        raise EstimationError(
            "ranking.missing",
            "An estimate or a variance is missing or infinite.",
            hint="A unit without an estimate has no rank; leave it out and say so.",
            units=np.flatnonzero(~np.isfinite(x)).tolist(),
        )
    if not 0 < level < 1:
        raise EstimationError("ranking.level", "The level lies between 0 and 1.", level=level)
    return x, sigma


def _check_variance(variance: NDArray[np.float64]) -> None:
    if (variance < 0).any():
        raise EstimationError(
            "ranking.variance",
            "A variance is negative.",
            units=np.flatnonzero(variance < 0).tolist(),
        )


def difference_sd(sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, m) standard errors of the differences; 1 on the diagonal, where nothing is compared."""
    v = np.diag(sigma)
    variance = v[:, None] + v[None, :] - 2 * sigma
    np.fill_diagonal(variance, 1.0)
    bad = np.argwhere(variance <= 1e-14 * (v[:, None] + v[None, :]))
    if bad.size:
        i, j = bad[0].tolist()
        raise EstimationError(
            "ranking.no_difference",
            f"The difference of units {i} and {j} has no variance.",
            hint="Two estimates from the same cases, or without error, cannot be compared so.",
            pair=[i, j],
        )
    return np.sqrt(variance)
