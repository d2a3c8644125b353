"""Likelihood of the one-way random effects model y_gj = x_gj'β + u_g + e_gj, from group sums.

Only X'X, X'y, y'y and the groups' means are needed, so one evaluation costs groups × p².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError

#: Ratios σ²ᵤ / σ²ₑ between which the maximum is looked for; outside, 0 or no error variance.
RATIOS = np.logspace(-8, 8, 65)


@dataclass(frozen=True, slots=True)
class RandomIntercept:
    """Fitted variances and coefficients; ``effect`` (G,) are the predicted group effects.

    ``information`` (2, 2) is Fisher's for (σ²ᵤ, σ²ₑ).
    """

    sigma2u: float
    sigma2e: float
    beta: NDArray[np.float64]
    beta_cov: NDArray[np.float64]
    effect: NDArray[np.float64]
    gamma: NDArray[np.float64]
    n: NDArray[np.int64]
    x_mean: NDArray[np.float64]
    y_mean: NDArray[np.float64]
    information: NDArray[np.float64]
    loglik: float


@dataclass(frozen=True, slots=True)
class _Sums:
    xx: NDArray[np.float64]
    xy: NDArray[np.float64]
    yy: float
    n: NDArray[np.int64]
    x_mean: NDArray[np.float64]
    y_mean: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Point:
    """The profile at one ratio: the log-likelihood (σ²ₑ and β maximised out) and its slope."""

    loglik: float
    slope: float
    sigma2e: float
    beta: NDArray[np.float64]
    inverse: NDArray[np.float64]


def fit_random_intercept(
    y: NDArray[np.float64], x: NDArray[np.float64], group: NDArray[np.int64], *, reml: bool = True
) -> RandomIntercept:
    """Fit by REML or ML; the maximum is found as a root of the slope, to machine precision.

    Parameters
    ----------
    y : (n,) float
    x : (n, p) float
        Of full column rank, checked by the caller.
    group : (n,) int
        0 … G−1, every group present.

    Raises
    ------
    EstimationError
        ``randomintercept.one_group``, ``randomintercept.no_replicates`` (every group has one
        case), ``randomintercept.perfect_fit`` (nothing is left to split into variances).

    Notes
    -----
    Source: Laird and Ware (1982), Biometrics 38; Rao and Molina (2015), secs. 5.3 and 7.1.
    """
    sums = _sums(y, x, group)
    _refuse(sums, y.size, x.shape[1])
    ratio = _best_ratio(sums, reml)
    point = _profile(ratio, sums, reml)
    gamma = ratio * sums.n / (1 + ratio * sums.n)
    return RandomIntercept(
        sigma2u=ratio * point.sigma2e,
        sigma2e=point.sigma2e,
        beta=point.beta,
        beta_cov=point.inverse * point.sigma2e,
        effect=gamma * (sums.y_mean - sums.x_mean @ point.beta),
        gamma=gamma,
        n=sums.n,
        x_mean=sums.x_mean,
        y_mean=sums.y_mean,
        information=_information(ratio, point.sigma2e, sums.n),
        loglik=point.loglik,
    )


def _sums(y: NDArray, x: NDArray, group: NDArray) -> _Sums:
    n = np.bincount(group)
    means = [np.bincount(group, column) / n for column in x.T]
    return _Sums(
        x.T @ x, x.T @ y, float(y @ y), n, np.column_stack(means), np.bincount(group, y) / n
    )


def _refuse(sums: _Sums, n: int, p: int) -> None:
    if sums.n.size < 2:
        raise EstimationError(
            "randomintercept.one_group", "One group has no variance between groups.", groups=1
        )
    if n <= sums.n.size or n <= p + 1:
        raise EstimationError(
            "randomintercept.no_replicates",
            f"{n} cases in {sums.n.size} groups: variances within and between cannot be told.",
            n=n,
            groups=int(sums.n.size),
        )
    beta = np.linalg.solve(sums.xx, sums.xy)
    left = sums.yy - 2 * beta @ sums.xy + beta @ sums.xx @ beta
    if left <= 1e-13 * sums.yy:
        raise EstimationError(
            "randomintercept.perfect_fit", "The covariates explain every value; nothing is left."
        )


def _profile(ratio: float, s: _Sums, reml: bool) -> _Point:
    shrink = ratio * s.n**2 / (1 + ratio * s.n)  # n γ: what a group's mean takes off the sums
    m = s.xx - (s.x_mean * shrink[:, None]).T @ s.x_mean
    inverse = np.linalg.inv(m)
    beta = inverse @ (s.xy - s.x_mean.T @ (shrink * s.y_mean))
    residual = s.y_mean - s.x_mean @ beta
    rss = s.yy - 2 * beta @ s.xy + beta @ s.xx @ beta - shrink @ residual**2
    p, n = s.xx.shape[0], int(s.n.sum())
    df = n - p if reml else n
    steep = (s.n / (1 + ratio * s.n)) ** 2
    slope = df * (steep @ residual**2) / rss - (s.n / (1 + ratio * s.n)).sum()
    loglik = df * (1 + np.log(2 * np.pi * rss / df)) + np.log1p(ratio * s.n).sum()
    if reml:
        slope += np.sum(inverse * ((s.x_mean * steep[:, None]).T @ s.x_mean))
        loglik += np.linalg.slogdet(m)[1]
    return _Point(-loglik / 2, slope / 2, rss / df, beta, inverse)


def _best_ratio(s: _Sums, reml: bool) -> float:
    """The ratio with the highest likelihood among 0 and all roots of the slope."""
    from scipy.optimize import brentq  # scipy is loaded where it is used: imports stay cheap

    def slope(ratio: float) -> float:
        return _profile(ratio, s, reml).slope

    slopes = [slope(ratio) for ratio in RATIOS]
    found = [0.0]
    for low, high, a, b in zip(RATIOS, RATIOS[1:], slopes, slopes[1:], strict=False):
        if a > 0 >= b:
            found.append(float(brentq(slope, low, high, xtol=1e-300, rtol=1e-14)))
    if slopes[-1] > 0:
        raise EstimationError(
            "randomintercept.perfect_fit",
            "The cases of a group do not differ; there is no variance within groups.",
        )
    return max(found, key=lambda ratio: _profile(ratio, s, reml).loglik)


def _information(ratio: float, sigma2e: float, n: NDArray[np.int64]) -> NDArray[np.float64]:
    a = sigma2e * (1 + ratio * n)  # eigenvalue of a group's covariance along its mean
    uu, ue = (n**2 / a**2).sum() / 2, (n / a**2).sum() / 2
    ee = ((n - 1) / sigma2e**2 + 1 / a**2).sum() / 2
    return np.array([[uu, ue], [ue, ee]])
