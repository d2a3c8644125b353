"""Least cost under Σ_h a_jh / n_h ≤ 1 for several j: the convex problem of Bethel and Chromy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import SamplingError

_STEPS = 200
_NARROW = 1e-7
_GAP = 1e-11


@dataclass(frozen=True, eq=False, slots=True)
class Solution:
    """``n`` (H,) real shares, ``multipliers`` (J,) of the constraints, ``bound`` on the cost."""

    n: NDArray[np.float64]
    multipliers: NDArray[np.float64]
    bound: float


def least_cost(
    a: NDArray[np.float64], cost: NDArray[np.float64], low: NDArray, high: NDArray
) -> Solution:
    """Minimise Σ c_h n_h subject to Σ_h a_jh / n_h ≤ 1 for every j and low ≤ n ≤ high.

    Parameters
    ----------
    a : (J, H) float
        Coefficients ≥ 0, scaled so that each right-hand side is one.
    cost : (H,) float
        c_h > 0.
    low, high : (H,)
        Bounds, 0 < low ≤ high; ``high`` meets every constraint.

    Returns
    -------
    Solution
        ``bound`` is the dual value: no shares within the bounds cost less.

    Raises
    ------
    SamplingError
        ``optimal.not_converged``: a fault of the numbers, with the gap that is left.

    Notes
    -----
    In x = 1/n the constraints are linear.  A primal-dual interior point method solves one system
    of J equations a step and ends when duality gap and residuals are below 1e-11 of the cost.
    For multipliers λ the best shares are n_h = √(Σ_j λ_j a_jh / c_h), cut at the bounds, which
    gives the bound on the cost.
    Source: Bethel (1989), Sample allocation in multivariate surveys; Chromy (1987), Design
    optimization with multiple objectives; the method: Nocedal and Wright (2006), ch. 19.
    """
    tight = (a / high).sum(axis=1) >= 1 - 1e-12
    # A constraint that only the upper bounds meet leaves its strata no choice.
    forced = (a[tight] > 0).any(axis=0)
    low = np.where(forced, high, low).astype(float)
    high = high.astype(float)
    kept = np.flatnonzero(~tight & ((a / low).sum(axis=1) > 1))
    free = np.flatnonzero(high > low)
    multipliers, n = np.zeros(a.shape[0]), low.copy()
    if kept.size:
        # A limit that the upper bounds hardly meet is widened to leave the method room inside.
        a = a / np.maximum(1.0, (a / high).sum(axis=1) * (1 + _NARROW))[:, None]
        # What the fixed strata already use of each right-hand side is taken off beforehand.
        fixed = np.setdiff1d(np.arange(low.size), free)
        left = 1 - (a[np.ix_(kept, fixed)] / low[fixed]).sum(axis=1)
        inner = _Inner(a[np.ix_(kept, free)] / left[:, None], cost[free], low[free], high[free])
        n[free], found = inner.solve()
        multipliers[kept] = found / left
    return Solution(n, multipliers, _bound(multipliers, a, cost, low, high))


def _bound(multipliers: NDArray, a: NDArray, cost: NDArray, low: NDArray, high: NDArray) -> float:
    n = np.clip(np.sqrt(multipliers @ a / cost), low, high)
    return float(cost @ n + multipliers @ ((a / n).sum(axis=1) - 1))


@dataclass(frozen=True, eq=False, slots=True)
class _Inner:
    """The strata that have a choice, in x = 1/n: least Σ c_h / x_h with linear constraints."""

    a: NDArray[np.float64]
    cost: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def solve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        least, most = 1 / self.high, 1 / self.low
        x = np.sqrt(least * most)
        slack = np.maximum(1 - self.a @ x, 0.1)
        centre = float((self.cost / x).sum()) / (slack.size + 2 * x.size)
        state = _State(x, slack, centre / slack, centre / (x - least), centre / (most - x))
        for _ in range(_STEPS):
            value = float((self.cost / state.x).sum())
            rest = np.abs(self._pull(state)) * state.x / value
            short = np.abs(self.a @ state.x + state.slack - 1)
            gap = state.gap(least, most)
            if gap <= _GAP * value and rest.max() <= _GAP and short.max() <= _GAP:
                return 1 / state.x, state.price
            state = self._step(state, gap / (slack.size + 2 * x.size) / 10)
        raise SamplingError(
            "optimal.not_converged",
            "The allocation did not settle.",
            hint="Is a precision target almost, but not quite, out of reach?",
            gap=gap / value,
        )

    def _pull(self, state: _State) -> NDArray[np.float64]:
        return -self.cost / state.x**2 + state.price @ self.a - state.lower + state.upper

    def _step(self, state: _State, centre: float) -> _State:
        x, slack = state.x, state.slack
        below, above = x - 1 / self.high, 1 / self.low - x
        # Bounds are eliminated one by one, the targets by their J × J Schur complement.
        bend = 2 * self.cost / x**3 + state.lower / below + state.upper / above
        goal = self.cost / x**2 - state.price @ self.a + centre / below - centre / above
        schur = np.diag(slack / state.price) + (self.a / bend) @ self.a.T
        right = self.a @ (goal / bend) + self.a @ x - 1 + centre / state.price
        d_price = np.linalg.solve(schur, right)
        dx = (goal - d_price @ self.a) / bend
        d_slack = 1 - slack - self.a @ (x + dx)
        d_lower = centre / below - state.lower * (1 + dx / below)
        d_upper = centre / above - state.upper * (1 - dx / above)
        pairs = [
            (below, dx),
            (above, -dx),
            (slack, d_slack),
            (state.price, d_price),
            (state.lower, d_lower),
            (state.upper, d_upper),
        ]
        length = min(1.0, *(_room(at, step) for at, step in pairs))
        return _State(
            x + length * dx,
            slack + length * d_slack,
            state.price + length * d_price,
            state.lower + length * d_lower,
            state.upper + length * d_upper,
        )


@dataclass(frozen=True, eq=False, slots=True)
class _State:
    """Point of the method: x = 1/n, the targets' slack, and the prices of targets and bounds."""

    x: NDArray[np.float64]
    slack: NDArray[np.float64]
    price: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    def gap(self, least: NDArray[np.float64], most: NDArray[np.float64]) -> float:
        bounds = self.lower @ (self.x - least) + self.upper @ (most - self.x)
        return float(self.slack @ self.price + bounds)


def _room(at: NDArray[np.float64], step: NDArray[np.float64]) -> float:
    """How far the step may go before it has used 99.5 % of the way to zero."""
    falling = step < 0
    return 0.995 * float((-at[falling] / step[falling]).min(initial=np.inf))
