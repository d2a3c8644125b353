"""Which units differ for certain, and which cannot be told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.estimation.ranking import checked, difference_sd


@dataclass(frozen=True, slots=True)
class TieGroups:
    """Units that cannot be told apart.

    ``differ`` (m, m): the difference is certain, all pairs judged together; ``p_adjusted``
    (m, m) Holm's p-values, 1 on the diagonal; ``groups``: positions of units, best first, each
    group as large as can be with no certain difference inside; a unit may belong to several.
    """

    differ: NDArray[np.bool_]
    p_adjusted: NDArray[np.float64]
    groups: tuple[tuple[int, ...], ...]
    level: float

    def tied_with(self, unit: int) -> NDArray[np.int64]:
        """Positions of the units that cannot be told apart from ``unit``, itself left out."""
        tied = ~self.differ[unit]
        tied[unit] = False
        return np.flatnonzero(tied)


def tie_groups(estimates: ArrayLike, cov: ArrayLike, *, level: float = 0.95) -> TieGroups:
    """Compare all pairs of units, with Holm's correction for looking at all of them.

    Parameters
    ----------
    estimates : (m,) float
        Two or more units.
    cov : (m, m) or (m,) float
        Covariance matrix, or variances of independent estimates.
    level : float
        1 − the chance of calling any true tie a difference.

    Raises
    ------
    EstimationError
        As :func:`analysis.estimation.ranking.rank_sets`.

    Notes
    -----
    z = (x_i − x_j) / s_ij, two-sided normal p-values.  Groups are runs in the order of the
    estimates, so a unit between two tied ones belongs to their group only if all are tied.
    Source: Holm (1979), Scand. J. Stat. 6; groups as in Piepho (2004), J. Comput. Graph. Stat. 13.
    """
    from scipy.special import ndtr  # scipy is loaded where it is used: imports stay cheap

    x, sigma = checked(estimates, cov, level)
    s = difference_sd(sigma)
    upper = np.triu_indices(x.size, 1)
    p = 2 * ndtr(-np.abs(x[upper[0]] - x[upper[1]]) / s[upper])
    adjusted = np.ones(s.shape)
    adjusted[upper] = holm(p)
    adjusted.T[upper] = adjusted[upper]
    differ = adjusted < 1 - level
    return TieGroups(differ, adjusted, _runs(np.argsort(-x, kind="stable"), differ), level)


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down adjusted p-values (k,), in the order given."""
    p = np.asarray(p, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _runs(order: NDArray[np.int64], differ: NDArray[np.bool_]) -> tuple[tuple[int, ...], ...]:
    """Maximal runs of ``order`` without a certain difference inside."""
    runs: list[tuple[int, ...]] = []
    last = 0
    for start in range(order.size):
        end = start + 1
        while end < order.size and not differ[order[end], order[start:end]].any():
            end += 1
        if end > last:
            runs.append(tuple(order[start:end].tolist()))
            last = end
    return tuple(runs)
