"""The variance between areas in the Fay-Herriot model, by REML, ML or moments.

V is diagonal, so a step costs m p²; determinants of m × m matrices never occur.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError

#: Where roots are searched for, in medians of D.
GRID = np.logspace(-6, 6, 97)


@dataclass(frozen=True, slots=True)
class Weighted:
    """Generalised least squares at one value A of the variance between areas."""

    inverse: NDArray[np.float64]  # 1 / (A + D)
    q: NDArray[np.float64]  # (X'V⁻¹X)⁻¹
    beta: NDArray[np.float64]
    residual: NDArray[np.float64]


def weighted_at(a: float, y: NDArray, d: NDArray, x: NDArray) -> Weighted:
    """Fit β with weights 1 / (A + D)."""
    inverse = 1.0 / (a + d)
    q = np.linalg.inv(x.T @ (x * inverse[:, None]))
    beta = q @ (x.T @ (inverse * y))
    return Weighted(inverse, q, beta, y - x @ beta)


def _score_ml(s: Weighted, x: NDArray) -> tuple[float, float]:
    w = s.inverse
    return (-w.sum() + (w * s.residual) @ (w * s.residual)) / 2, (w @ w) / 2


def _score_reml(s: Weighted, x: NDArray) -> tuple[float, float]:
    w = s.inverse
    xw2 = (x * w[:, None] ** 2).T @ x
    qxw2 = s.q @ xw2
    trace_p = w.sum() - np.trace(qxw2)
    trace_pp = w @ w - 2 * np.trace(s.q @ ((x * w[:, None] ** 3).T @ x)) + np.sum(qxw2 * qxw2.T)
    return (-trace_p + (w * s.residual) @ (w * s.residual)) / 2, trace_pp / 2


def _score_moments(s: Weighted, x: NDArray) -> tuple[float, float]:
    return s.residual**2 @ s.inverse - (x.shape[0] - x.shape[1]), s.inverse.sum()


SCORES: dict[str, Callable[[Weighted, NDArray], tuple[float, float]]] = {
    "REML": _score_reml,
    "ML": _score_ml,
    "FH": _score_moments,
}


def area_variance(
    y: NDArray[np.float64],
    d: NDArray[np.float64],
    x: NDArray[np.float64],
    method: str,
    *,
    tol: float,
    most_steps: int,
) -> tuple[float, int]:
    """The variance between areas, 0 at least, and the steps taken.

    More steps than ``most_steps`` mean that scoring did not settle and the roots were searched.

    Raises EstimationError ``smallarea.no_convergence`` if no root lies below 10⁶ medians of D.
    """
    score = SCORES[method]
    a = float(np.median(d))
    for step in range(1, most_steps + 1):
        slope, information = score(weighted_at(a, y, d, x), x)
        after = a + slope / information
        if after <= -d.min():
            break  # V would have no meaning there
        if abs(after - a) <= tol * abs(a):
            return max(after, 0.0), step
        a = after
    return _searched(y, d, x, method), most_steps + 1


def _searched(y: NDArray, d: NDArray, x: NDArray, method: str) -> float:
    """The best of 0 and all roots at which the score turns from plus to minus."""
    from scipy.optimize import brentq  # scipy is loaded where it is used: imports stay cheap

    def slope(a: float) -> float:
        return SCORES[method](weighted_at(a, y, d, x), x)[0]

    grid = np.concatenate([[0.0], GRID * np.median(d)])
    slopes = [slope(a) for a in grid]
    if slopes[-1] > 0:
        raise EstimationError(
            "smallarea.no_convergence",
            f"The variance between areas has no finite estimate ({method}).",
            hint="Are the sampling variances in the unit of the estimates, squared?",
            largest_tried=float(grid[-1]),
        )
    roots = [
        float(brentq(slope, low, high, xtol=1e-300, rtol=1e-14))
        for low, high, before, after in zip(grid, grid[1:], slopes, slopes[1:], strict=False)
        if before > 0 >= after
    ]
    if method == "FH":  # its score falls throughout: one root, or none and 0
        return roots[0] if roots else 0.0
    return max([0.0, *roots], key=lambda a: _log_likelihood(a, y, d, x, method))


def _log_likelihood(a: float, y: NDArray, d: NDArray, x: NDArray, method: str) -> float:
    fit = weighted_at(a, y, d, x)
    value = float(np.log(fit.inverse).sum() - fit.residual**2 @ fit.inverse) / 2
    return value + float(np.linalg.slogdet(fit.q)[1]) / 2 if method == "REML" else value
