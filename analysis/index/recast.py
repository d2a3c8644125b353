"""Results of old units on the territory of new ones."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from analysis.errors import EstimationError

#: What typed shares that add up to one may exceed it by.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Recast:
    """New units' means, their covariance, and how many elements each has in the old count.

    A new unit without any part of an old one, or with a part of one that has no estimate, has NaN.
    """

    estimate: np.ndarray  # (T,)
    covariance: np.ndarray  # (T, T)
    size: np.ndarray  # (T,)

    @property
    def se(self) -> np.ndarray:
        """Standard errors, (T,)."""
        return np.sqrt(np.diag(self.covariance))


def recast(
    estimates: ArrayLike, covariance: ArrayLike, sizes: ArrayLike, shares: ArrayLike
) -> Recast:
    """Means of old units as means of the units that their parts went to.

    With the total N_u p_u of old unit u and the share S_ut of it that lies in new unit t,

        p_t = sum_u S_ut N_u p_u / sum_u S_ut N_u,    V_t = A V A',
        A_tu = S_ut N_u / sum_v S_vt N_v.

    A part is taken to have the mean of its whole unit, and the shares and sizes to be known: what
    they leave unsaid about a divided unit is not in V.  New units that share an old one are
    correlated; that is in V.

    Parameters
    ----------
    estimates : (U,) means or shares of the old units; NaN where there is none.
    covariance : (U, U) of the estimates; a row and column of a NaN estimate is not used.
    sizes : (U,) elements (dossiers) of each old unit, >= 0.
    shares : (U, T) part of each old unit in each new one, in [0, 1]; rows add up to at most one.

    Raises
    ------
    EstimationError
        ``recast.shape``, ``recast.sizes``, ``recast.shares``, ``recast.covariance``.

    Source: Särndal, Swensson and Wretman (1992), sec. 5.3 and 10.3 (totals of domains, a linear
    map of estimators); areal weighting after Goodchild and Lam (1980).
    """
    p, n, s = (np.asarray(each, dtype=float) for each in (estimates, sizes, shares))
    v = np.asarray(covariance, dtype=float)
    _check(p, v, n, s)
    amounts = s * n[:, None]
    size = amounts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        a = np.where(size > 0, amounts / size, 0.0).T
    missing = np.isnan(p)
    known = ~((a[:, missing] > 0).any(axis=1) | (size <= 0))
    filled = np.where(missing, 0.0, p)
    v = np.where(missing[:, None] | missing[None, :], 0.0, v)
    made = a @ v @ a.T
    made[~known, :] = np.nan
    made[:, ~known] = np.nan
    return Recast(np.where(known, a @ filled, np.nan), made, size)


def change(
    now: float, now_se: float, before: float, before_se: float, *, level: float = 0.95
) -> tuple[float, float, float, float]:
    """Difference of two independent estimates: (difference, se, low, high), normal interval.

    Source: Cochran (1977), sec. 2.9 (difference of two means from independent samples).
    """
    difference = now - before
    se = float(np.hypot(now_se, before_se))
    half = NormalDist().inv_cdf(0.5 + level / 2) * se
    return difference, se, difference - half, difference + half


def _check(p: np.ndarray, v: np.ndarray, n: np.ndarray, s: np.ndarray) -> None:
    units = p.shape[0] if p.ndim == 1 else -1
    if s.ndim != 2 or n.shape != (units,) or s.shape[0] != units or v.shape != (units, units):
        raise EstimationError(
            "recast.shape",
            f"estimates {p.shape}, covariance {v.shape}, sizes {n.shape}, shares {s.shape} "
            "do not belong together",
        )
    wrong = np.flatnonzero(~(np.isfinite(n) & (n >= 0)))
    if wrong.size:
        raise EstimationError("recast.sizes", "sizes must be 0 or more", units=wrong.tolist())
    outside = ~((s >= 0) & (s <= 1 + TOLERANCE)).all(axis=1) | (s.sum(axis=1) > 1 + TOLERANCE)
    if outside.any():
        raise EstimationError(
            "recast.shares",
            "shares of a unit lie in [0, 1] and add up to at most 1",
            units=np.flatnonzero(outside).tolist(),
        )
    used = ~np.isnan(p)
    part = v[np.ix_(used, used)]
    if not np.isfinite(part).all() or not np.allclose(part, part.T) or (np.diag(part) < 0).any():
        raise EstimationError("recast.covariance", "no covariance: not finite or not symmetric")
