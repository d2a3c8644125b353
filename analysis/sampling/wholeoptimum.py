"""Whole numbers of least cost under Σ_h a_jh / n_h ≤ 1, from the real shares of least cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, hstack

from analysis.sampling.convex import Solution

_TRADED = 20_000
_NODES = 500
_ROOM = 1e-9


def least_whole(
    found: Solution, a: NDArray[np.float64], cost: NDArray[np.float64], low: NDArray, high: NDArray
) -> NDArray[np.int64]:
    """Whole numbers within the bounds that keep Σ_h a_jh / n_h ≤ 1, of or near the least cost.

    Parameters
    ----------
    found : Solution
        What `least_cost` found for the same ``a``, ``cost``, ``low`` and ``high``.

    Returns
    -------
    (H,) int64

    Notes
    -----
    The real shares are rounded up, and cases that no target needs are taken away, those first
    whose loss weighs least for the money they save.  Then one case is added where that lets
    cases worth more be taken away elsewhere, until no such trade is left.  In problems of up to
    20 000 coefficients branch and bound goes on from there, for 500 nodes: small problems are
    solved exactly.
    """
    price = found.multipliers @ a if found.multipliers.any() else a.sum(axis=0)
    n = np.clip(np.ceil(found.n), low, high).astype(np.int64)
    n = _pruned(_mended(n, a, high), a, cost, low, price)
    if a.size > _TRADED:
        return n
    n = _traded(n, a, cost, low, high, price)
    if float(cost @ n) - found.bound <= _least_saving(cost):
        return n
    return _branched(n, found, a, cost, low, high)


def _least_saving(cost: NDArray[np.float64]) -> float:
    """No allocation is cheaper by less than this, where all costs are whole multiples of one."""
    steps = cost / cost.min()
    return float(cost.min()) * (1 - 1e-9) if np.allclose(steps, np.round(steps)) else 0.0


def _branched(
    n: NDArray[np.int64],
    found: Solution,
    a: NDArray[np.float64],
    cost: NDArray[np.float64],
    low: NDArray,
    high: NDArray,
) -> NDArray[np.int64]:
    """Branch and bound with x_h ≥ 1/n_h written as the chords between whole numbers.

    The chords are exact at whole numbers; only those near the real shares are written, the
    others follow when an answer needs them.
    """
    best, near = n, 4
    for _ in range(3):
        rows = _chords(np.minimum(found.n, best), np.maximum(found.n, best), near, low, high)
        answer = _milp(rows, a, cost, low, high, found.n, float(cost @ best))
        if answer is None:
            return best
        if ((a / answer).sum(axis=1) <= 1 + _ROOM).all():
            return answer if cost @ answer < cost @ best else best
        near *= 3
    return best


def _chords(
    least: NDArray, most: NDArray, near: int, low: NDArray, high: NDArray
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(stratum, k) of the chords from k to k + 1."""
    strata, starts = [], []
    for h in range(low.size):
        first = max(int(least[h]) - near, int(low[h]))
        last = min(int(most[h]) + near, int(high[h]))
        for k in range(first, max(last, first + 1)):
            strata.append(h)
            starts.append(float(k))
    return np.array(strata), np.array(starts)


def _milp(
    chords: tuple[NDArray[np.int64], NDArray[np.float64]],
    a: NDArray[np.float64],
    cost: NDArray[np.float64],
    low: NDArray,
    high: NDArray,
    scale: NDArray[np.float64],
    known: float,
) -> NDArray[np.int64] | None:
    strata, k = chords
    count, rows = cost.size, np.arange(strata.size)
    shape = (strata.size, count)
    # y_h = scale_h / n_h is about one, so that the solver's absolute tolerances mean something.
    steep = scale[strata] / (k * (k + 1))
    line = hstack([coo_array((part, (rows, strata)), shape) for part in (steep, np.ones(k.size))])
    limits = hstack([coo_array((a.shape[0], count)), coo_array(a / scale)])
    money = np.concatenate([cost, np.zeros(count)])
    answer = milp(
        money,
        integrality=np.repeat([1, 0], count),
        bounds=Bounds(np.concatenate([low, scale / high]), np.concatenate([high, scale / low])),
        constraints=[
            LinearConstraint(line, scale[strata] / k + k * steep, np.inf),
            LinearConstraint(limits, -np.inf, 1.0),
            LinearConstraint(money[None, :], -np.inf, known),
        ],
        options={"node_limit": _NODES, "mip_rel_gap": 0.0},
    )
    return None if answer.x is None else np.round(answer.x[:count]).astype(np.int64)


def _mended(n: NDArray[np.int64], a: NDArray[np.float64], high: NDArray) -> NDArray[np.int64]:
    """Cases added where the real shares miss a target by the room they were given."""
    n = n.copy()
    while ((load := (a / n).sum(axis=1)) > 1 + _ROOM).any() and (n < high).any():
        relief = (a[load > 1 + _ROOM] * (1 / n - 1 / (n + 1))).sum(axis=0)
        n[np.argmax(np.where(n < high, relief, -1.0))] += 1
    return n


def _pruned(
    n: NDArray[np.int64],
    a: NDArray[np.float64],
    cost: NDArray[np.float64],
    low: NDArray,
    price: NDArray[np.float64],
    keep: int = -1,
) -> NDArray[np.int64]:
    n = n.copy()
    open_ = np.arange(n.size) != keep
    while True:
        step = 1 / np.maximum(n - 1, 1) - 1 / n
        load = (a / n).sum(axis=1)
        able = open_ & (n > low)
        able[able] = (load[:, None] + a[:, able] * step[able] <= 1 + _ROOM).all(axis=0)
        if not able.any():
            return n
        loss = np.where(able, price * step / cost, np.inf)
        n[np.lexsort((-cost, loss))[0]] -= 1
        # What cannot go now cannot go later: the other cases only get fewer.
        open_ = able


def _traded(
    n: NDArray[np.int64],
    a: NDArray[np.float64],
    cost: NDArray[np.float64],
    low: NDArray,
    high: NDArray,
    price: NDArray[np.float64],
) -> NDArray[np.int64]:
    traded = True
    while traded:
        traded = False
        for h in np.flatnonzero(n < high):
            more = n.copy()
            more[h] += 1
            tried = _pruned(more, a, cost, low, price, keep=int(h))
            if float(cost @ tried) < float(cost @ n) * (1 - 1e-12):
                n, traded = tried, True
    return n
