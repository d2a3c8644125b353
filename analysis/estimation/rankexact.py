"""Exact quantiles of one unit's comparisons, where the estimates are independent.

Given the unit's own error the comparisons with the others are independent, so the distribution
of their maximum is a product under one integral; no draw is needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Half-width of the integral over the unit's standard error; the rest weighs 2e-17.
REACH = 8.5
#: Node distance, in the smallest of the standard errors: the trapezoidal rule is then exact to
#: rounding, because the integrand is no rougher than a normal density of a third of that width.
STEP = 0.12
#: A ratio of standard errors above this would ask for more nodes than draws.
WIDEST = 50.0
#: With more units than this the draws are faster, and their error is small beside the sets' width.
MOST_UNITS = 100


def applies(sigma: NDArray[np.float64]) -> bool:
    """Whether all covariances are 0, standard errors of similar size, units not too many."""
    v = np.diag(sigma)
    if v.size > MOST_UNITS:
        return False
    return bool(v.min() > 0 and v.max() <= WIDEST**2 * v.min() and not (sigma - np.diag(v)).any())


class ExactUnit:
    """The comparisons of unit ``i`` with all others; sd (m,), s (m,) of the differences."""

    def __init__(self, sd: NDArray[np.float64], s: NDArray[np.float64], i: int) -> None:
        h = STEP * min(1.0, float(sd.min() / sd[i]))
        z = np.arange(-np.ceil(REACH / h), np.ceil(REACH / h) + 1) * h
        self.weight = np.exp(-(z**2) / 2) * h / np.sqrt(2 * np.pi)
        self.others = np.arange(sd.size) != i
        self.own = sd[i] * z / sd[self.others, None]
        self.reach = (s / sd)[self.others, None]
        self.highest = 15.0

    def quantile(self, level: float, above: NDArray[np.bool_], below: NDArray[np.bool_]) -> float:
        """Quantile of the largest comparison; the units ``above`` and ``below`` are decided."""
        from scipy.optimize import brentq  # scipy is loaded where it is used

        up, down = ~above[self.others], ~below[self.others]

        def excess(c: float) -> float:
            return self._probability(c, up, down) - level

        if excess(0.0) >= 0:
            return 0.0
        # Comparisons are only ever left out, so the quantile of the last step bounds this one.
        if excess(self.highest) > 0:
            self.highest = float(brentq(excess, 0.0, self.highest, xtol=1e-9, rtol=1e-12))
        return self.highest

    def _probability(self, c: float, up: NDArray[np.bool_], down: NDArray[np.bool_]) -> float:
        from scipy.special import ndtr

        inside = np.ones(self.own.shape)
        inside[up] = ndtr(self.own[up] + c * self.reach[up])
        inside[down] -= ndtr(self.own[down] - c * self.reach[down])
        return float(self.weight @ inside.prod(axis=0))
