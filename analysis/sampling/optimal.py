"""The cheapest allocation that meets every precision target, for several items and domains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from analysis.errors import SamplingError
from analysis.sampling.convex import Solution, least_cost
from analysis.sampling.planning import Strata
from analysis.sampling.precision import PrecisionTable, expected_precision
from analysis.sampling.targets import (
    Target,
    case_bounds,
    check_reach,
    factor_reached,
    limits_of,
    scaled,
)
from analysis.sampling.wholenumbers import within_budget
from analysis.sampling.wholeoptimum import least_whole

_ROOM = 1e-9
_ROUNDS = 5


@dataclass(frozen=True, eq=False, slots=True)
class OptimalAllocation:
    """The cheapest allocation that meets every target.

    Attributes
    ----------
    issue : (H,) int64
        Cases to issue in each stratum.
    cost : float
    bound : float
        No allocation, whole or not, that meets the targets costs less.
    real : (H,) float
        The allocation of least cost in real numbers.
    targets : tuple of Target
    multipliers : (J,) float
        Money saved by each target's variance limit being one part in one wider: the price of a
        target is zero where it does not bind.
    precision : PrecisionTable
        What the whole numbers are expected to give.
    """

    issue: NDArray[np.int64]
    cost: float
    bound: float
    real: NDArray[np.float64]
    targets: tuple[Target, ...]
    multipliers: NDArray[np.float64]
    precision: PrecisionTable

    @property
    def binding(self) -> tuple[Target, ...]:
        """The targets that cost money, the dearest first."""
        order = np.argsort(-self.multipliers, kind="stable")
        return tuple(self.targets[j] for j in order if self.multipliers[j] > _ROOM * self.cost)


def allocate_optimal(
    strata: Strata,
    targets: Sequence[Target],
    *,
    floor: ArrayLike = 2,
    cap: ArrayLike | None = None,
    take_all: ArrayLike | None = None,
    level: float = 0.95,
) -> OptimalAllocation:
    """The cheapest cases to issue with which every target is expected to be met.

    Parameters
    ----------
    strata : Strata
    targets : sequence of Target
    floor : int or (H,) int
        Fewest cases of a stratum, at least 1; all of a stratum that is smaller.
    cap : int or (H,) int
        Most cases of a stratum.
    take_all : (H,) bool
        Strata that are taken whole.
    level : float
        Confidence level of the margins.

    Raises
    ------
    SamplingError
        ``optimal.target`` (no such item or domain, neither or both of margin and CV, a mean of
        zero), ``optimal.floor`` (contradicts a cap), ``optimal.infeasible`` (facts ``targets``:
        each target that even the caps do not meet, with what they give), ``sampling.level``.

    Notes
    -----
    The real problem is solved to a relative gap of 1e-11; whole numbers start from its shares
    rounded up, and cases are taken away and traded as long as that saves money and every target
    stays met.  ``cost`` less ``bound`` is the most that better whole numbers could still save.
    Source: Bethel (1989); Chromy (1987).
    """
    low, high = case_bounds(strata, floor, cap, take_all)
    limits = limits_of(strata, targets, level)
    a = limits.a / limits.right[:, None]
    check_reach(strata, limits, targets, high, level)
    found = least_cost(a, strata.cost, low, high)
    issue = least_whole(found, a, strata.cost, low, high)
    return OptimalAllocation(
        issue,
        float(strata.cost @ issue),
        found.bound,
        found.n,
        tuple(targets),
        found.multipliers,
        expected_precision(strata, issue, level=level),
    )


@dataclass(frozen=True, eq=False, slots=True)
class BudgetedAllocation:
    """The best that a budget buys for all targets alike.

    Attributes
    ----------
    issue : (H,) int64
        Cases to issue in each stratum.
    cost : float
        Within the budget.
    factor : float
        Margins and CVs that are reached, over those wanted (below one: tighter), at the worst.
    bound : float
        The factor of the best allocation in real numbers; none within the budget has a lower one.
    targets : tuple of Target
        The targets that are met: each times ``factor``.
    precision : PrecisionTable
    """

    issue: NDArray[np.int64]
    cost: float
    factor: float
    bound: float
    targets: tuple[Target, ...]
    precision: PrecisionTable


def allocate_optimal_within(
    budget: float,
    strata: Strata,
    targets: Sequence[Target],
    *,
    floor: ArrayLike = 2,
    cap: ArrayLike | None = None,
    take_all: ArrayLike | None = None,
    level: float = 0.95,
) -> BudgetedAllocation:
    """The least factor by which all targets are widened (or may be tightened) within ``budget``.

    Raises
    ------
    SamplingError
        ``optimal.budget`` (the floors alone cost more) and those of `allocate_optimal`.

    Source: Bethel (1989), sec. 3 (cost as a function of a common scale of the bounds).
    """
    low, high = case_bounds(strata, floor, cap, take_all)
    if not float(strata.cost @ low) <= budget:
        raise SamplingError(
            "optimal.budget",
            f"The floors alone cost {strata.cost @ low:g}; the budget is {budget:g}.",
            budget=budget,
            floors=float(strata.cost @ low),
        )

    limits = limits_of(strata, targets, level)

    def solved(factor: float) -> tuple[Solution, NDArray[np.float64]]:
        right = (limits.right - limits.finite) * factor**2 + limits.finite
        a = limits.a / right[:, None]
        return least_cost(a, strata.cost, low, high), a

    def left(factor: float) -> float:
        return float(strata.cost @ solved(factor)[0].n) - budget

    def whole(factor: float) -> NDArray[np.int64] | None:
        found, a = solved(factor)
        issue = least_whole(found, a, strata.cost, low, high)
        return issue if float(strata.cost @ issue) <= budget else None

    narrow, wide = (factor_reached(limits, issue) for issue in (high, low))
    bound = _bound(left, narrow, wide)
    # Below the narrowest factor no money helps: what it costs is then all that is spent.
    issue = whole(narrow * (1 + _ROOM)) if bound == narrow else None
    if issue is None:
        issue = within_budget(budget, solved(bound)[0].n, strata.sizes, strata.cost, high)
        for _ in range(_ROUNDS):
            tried = whole((bound + factor_reached(limits, issue)) / 2)
            if tried is None:
                break
            issue = tried
    reached = factor_reached(limits, issue)
    widened = [scaled(target, reached) for target in targets]
    precision = expected_precision(strata, issue, level=level)
    return BudgetedAllocation(
        issue, float(strata.cost @ issue), reached, bound, tuple(widened), precision
    )


def _bound(left: Callable[[float], float], narrow: float, wide: float) -> float:
    """The factor at which the real shares cost the budget, between what all cases and the floors
    reach."""
    if wide <= narrow or left(narrow) <= 0:
        return narrow
    return brentq(left, narrow, wide, rtol=1e-7) if left(wide) < 0 else wide
