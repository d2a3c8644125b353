"""Real shares within bounds, and whole numbers that add up to what was asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def bounded_shares(
    total: float, score: NDArray[np.float64], cost: NDArray, low: NDArray, high: NDArray
) -> NDArray[np.float64]:
    """Shares in proportion to ``score``, within their bounds, with Σ cost · share = ``total``.

    ``total`` lies between the costs of ``low`` and of ``high``.  Strata at a bound are fixed and
    the rest is shared out again, until none moves.
    """
    share = np.zeros(score.shape)
    free = np.ones(score.shape, dtype=bool)
    while free.any():
        left = total - (cost * share)[~free].sum()
        # Where no score is left (all zero), what remains goes by the room that remains.
        part = score[free] if score[free].sum() > 0 else (high - low)[free] + 1e-300
        share[free] = left * part / (cost[free] * part).sum()
        over, under = free & (share > high), free & (share < low)
        if not (over.any() or under.any()):
            break
        # Fix the side that moves more; the other one may then come back inside by itself.
        excess = (cost * (share - high))[over].sum() - (cost * (low - share))[under].sum()
        fixed = over if excess >= 0 and over.any() else under if under.any() else over
        share[fixed] = np.where(over, high, low)[fixed]
        free &= ~fixed
    return share


def largest_remainder(n: int, share: NDArray, size: NDArray, high: NDArray) -> NDArray[np.int64]:
    """Whole numbers that sum to ``n``; ties go to the larger stratum, then to the earlier one."""
    whole = np.floor(share + 1e-9).astype(np.int64)
    missing = n - int(whole.sum())
    for h in (h for h in _by_remainder(share, whole, size) if whole[h] < high[h]):
        if missing == 0:
            break
        whole[h] += 1
        missing -= 1
    return whole


def within_budget(
    budget: float, share: NDArray, size: NDArray, cost: NDArray, high: NDArray
) -> NDArray[np.int64]:
    """Whole numbers whose cost stays within ``budget`` and that leave no affordable case over."""
    whole = np.floor(share + 1e-9).astype(np.int64)
    left = budget - float((cost * whole).sum())
    order = _by_remainder(share, whole, size)
    # Largest remainders first; then, as long as money is left, once more in the same order.
    while True:
        spent = False
        for h in order:
            if whole[h] < high[h] and cost[h] <= left + 1e-9 * budget:
                whole[h] += 1
                left -= float(cost[h])
                spent = True
        if not spent:
            return whole


def least_variance(n: int, spread: NDArray, low: NDArray, high: NDArray) -> NDArray[np.int64]:
    """The whole numbers within their bounds that sum to ``n`` and make Σ spread²/n_h least.

    Adding one case where it lowers the sum most is exactly optimal, because each term is convex;
    a bisection on that gain replaces all but the last steps.
    Source: Wright (2012), The equivalence of Neyman optimum allocation for sampling and equal
    proportions for apportioning the U.S. House of Representatives; bounds: Wright (2017).
    """
    worth = spread.astype(float) ** 2

    def at(gain: float) -> NDArray[np.int64]:
        # The case after the k-th lowers the sum by worth / (k (k + 1)).
        k = np.floor((np.sqrt(1 + 4 * worth / gain) - 1) / 2) + 1
        return np.clip(np.where(worth > 0, k, 0), low, high).astype(np.int64)

    made = low.astype(np.int64)
    if (worth > 0).any():
        few, many = worth.max() * 2, worth[worth > 0].min() / (4.0 * max(n, 1) ** 2)
        for _ in range(100):
            middle = np.sqrt(few * many)
            few, many = (middle, many) if at(middle).sum() <= n else (few, middle)
        made = at(few) if at(few).sum() <= n else made
    for _ in range(n - int(made.sum())):
        made[_most_gain(worth, made, high)] += 1
    return made


def _most_gain(worth: NDArray, made: NDArray, high: NDArray) -> int:
    """The stratum with room whose next case helps most; the first case of all comes first."""
    empty = made == 0
    gain = np.where(empty, np.inf, worth / np.maximum(made * (made + 1.0), 1.0))
    gain = np.where(worth > 0, gain, 0.0)
    gain = np.where(made < high, gain, -1.0)
    return int(np.lexsort((np.arange(worth.size), made - high, -worth, -gain))[0])


def _by_remainder(share: NDArray, whole: NDArray, size: NDArray) -> NDArray[np.int64]:
    return np.lexsort((np.arange(size.size), -size, -np.round(share - whole, 9)))
