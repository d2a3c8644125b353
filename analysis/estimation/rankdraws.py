"""Quantiles of the largest studentised difference of normal draws, without looking at all pairs.

A quantile near 1 rests on the few largest maxima.  Each draw gets an upper bound that costs m
operations; draws are worked out exactly (m² operations) from the largest bound downwards, until
no draw left can reach the quantile.  The result equals that of working out every draw.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError

#: Draws worked out at a time: a block of 200 units stays inside a core's cache.
BLOCK = 256


def draw_errors(sigma: NDArray[np.float64], draws: int, seed: int) -> NDArray[np.float64]:
    """(m, draws) normal errors with covariance ``sigma`` (m, m), from a counter-based stream.

    Raises EstimationError ``ranking.covariance`` if ``sigma`` is not positive semi-definite.
    """
    random = np.random.Generator(np.random.Philox(seed))
    z = random.standard_normal((sigma.shape[0], draws))
    variances = np.diag(sigma)
    if not np.any(sigma - np.diag(variances)):
        return np.sqrt(variances)[:, None] * z
    values, vectors = np.linalg.eigh(sigma)
    if values[0] < -1e-8 * values[-1]:
        raise EstimationError(
            "ranking.covariance",
            "The covariance matrix has a negative eigenvalue.",
            hint="Compute all covariances from the same cases.",
            smallest=float(values[0]),
            largest=float(values[-1]),
        )
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ z


class Draws:
    """Draws (m, B) of units in falling order of their estimates, and s (m, m) of differences."""

    def __init__(self, errors: NDArray[np.float64], s: NDArray[np.float64]) -> None:
        self.errors = errors
        self.inverse = 1.0 / s
        self.scaled = _scaled(errors, s)
        self.largest = None if self.scaled is None else self.scaled.max(axis=0)
        self.bound = _two_largest(self.scaled, errors.shape[1])

    def quantile(self, level: float, decided: NDArray[np.bool_]) -> float:
        """Quantile of max (e_i − e_j) / s_ij over ordered pairs, but "i above j" if decided."""

        def exact(rows: NDArray[np.int64]) -> NDArray[np.float64]:
            return _largest_difference(self.errors[:, rows], self.inverse, decided)

        value, self.bound = _top_quantile(level, self.bound, exact)
        return value

    def of_unit(self, i: int) -> UnitDraws:
        """The draws of the comparisons of unit ``i`` with all others."""
        return UnitDraws(self, i)


class UnitDraws:
    """The comparisons of one unit with all others."""

    def __init__(self, draws: Draws, i: int) -> None:
        self.errors, self.inverse, self.i = draws.errors, draws.inverse[i], i
        if draws.scaled is None:
            self.bound = np.full(draws.errors.shape[1], np.inf)
        else:
            own = draws.scaled[i]
            # The largest of the others is at most the largest of all.
            self.bound = np.minimum(draws.bound, np.sqrt(own + draws.largest))

    def quantile(self, level: float, above: NDArray[np.bool_], below: NDArray[np.bool_]) -> float:
        """As :meth:`Draws.quantile`; the units ``above`` and ``below`` ``i`` are decided."""
        others = np.arange(self.inverse.size) != self.i
        up, down = others & ~above, others & ~below

        def exact(rows: NDArray[np.int64]) -> NDArray[np.float64]:
            e = self.errors[:, rows]
            d = (e - e[self.i]) * self.inverse[:, None]
            high = d[up].max(axis=0, initial=-np.inf)
            return np.maximum(high, -d[down].min(axis=0, initial=np.inf))

        value, self.bound = _top_quantile(level, self.bound, exact)
        return value


def _scaled(errors: NDArray, s: NDArray) -> NDArray[np.float64] | None:
    """(m, B) of (e_i / d_i)², where d_i² + d_j² ≤ s_ij² for every pair; None if there is no d.

    By Cauchy's inequality |e_i − e_j| / s_ij is then at most the root of the sum of two of them.
    """
    # Subtracting a draw's mean changes no difference, and takes off what all units share.
    centred = errors - errors.mean(axis=0)
    d2 = _separate(s**2)
    return None if d2 is None else centred**2 / d2[:, None]


def _separate(s2: NDArray[np.float64]) -> NDArray[np.float64] | None:
    m = s2.shape[0]
    off = ~np.eye(m, dtype=bool)
    if m < 3:
        d2 = np.full(m, s2[0, 1] / 2)
    else:
        # Exact for independent estimates: s_ij² = v_i + v_j.  Then lowered until it holds.
        row = np.where(off, s2, 0).sum(axis=1)
        d2 = (row - row.sum() / (2 * (m - 1))) / (m - 2)
    if (d2 <= 0).any():
        return None
    ratio = np.where(off, (d2[:, None] + d2[None, :]) / s2, 0).max(axis=1)
    # Each pair may take the larger of its two units' corrections.
    return d2 / np.maximum(ratio, 1.0) * (1 - 1e-12)


def _two_largest(scaled: NDArray[np.float64] | None, n: int) -> NDArray[np.float64]:
    if scaled is None:
        return np.full(n, np.inf)
    two = np.partition(scaled, scaled.shape[0] - 2, axis=0)[-2:]
    return np.sqrt(two.sum(axis=0))


def _largest_difference(
    e: NDArray[np.float64], inverse: NDArray[np.float64], decided: NDArray[np.bool_]
) -> NDArray[np.float64]:
    largest = np.full(e.shape[1], -np.inf)
    room = np.empty_like(e)
    for i in range(e.shape[0] - 1):
        d = np.subtract(e[i + 1 :], e[i], out=room[i + 1 :])
        d *= inverse[i, i + 1 :, None]
        np.maximum(largest, d.max(axis=0), out=largest)
        left = ~decided[i, i + 1 :]
        if left.all():
            np.maximum(largest, -d.min(axis=0), out=largest)
        elif left.any():
            np.maximum(largest, -d[left].min(axis=0), out=largest)
    return largest


def _top_quantile(
    level: float,
    bound: NDArray[np.float64],
    exact: Callable[[NDArray[np.int64]], NDArray[np.float64]],
) -> tuple[float, NDArray[np.float64]]:
    """The quantile (linear between order statistics) and sharper bounds for the next step."""
    n = bound.size
    position = (n - 1) * level
    wanted = n - int(np.floor(position))  # so many of the largest must be known
    order = np.argsort(-bound, kind="stable")
    sharper = bound.copy()
    for start in range(0, n, BLOCK):
        rows = order[start : start + BLOCK]
        sharper[rows] = exact(rows)
        done = start + rows.size
        if done == n:
            break
        known = sharper[order[:done]]
        if done < wanted:
            continue
        if np.partition(known, done - wanted)[done - wanted] >= bound[order[done]]:
            break
    top = np.sort(sharper[order[:done]])[::-1]
    low, high = top[wanted - 1], top[max(wanted - 2, 0)]
    value = float(low + (position - np.floor(position)) * (high - low))
    return max(value, 0.0), sharper  # below 0 "i above j" and "j above i" could both be decided
