"""What many indexes would be if the survey were held again: draws, bands, ranks.

(U,) units, (C,) criteria, (K,) sums that are drawn, (D,) draws.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.index.many import Block, Many, is_straight, rule_of

#: Units drawn at a time: what is between stays small.
CHUNK = 200
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Drawn:
    """``index_percent`` (U, D) of draws; ``bands`` (U, B): share of draws in each of the scheme."""

    index_percent: NDArray[np.float32]
    bands: NDArray[np.float64]


def draw(many: Many, *, draws: int = 1000, seed: int = 1, workers: int = 2) -> Drawn:
    """What the index would be if the survey were held again (parametric bootstrap).

    Parameters
    ----------
    many : Many
    draws : int
        D; each takes the shares of every block from a normal distribution with its covariance,
        held to [0, 1], and scores them by the rules.
    seed : int
        The same seed gives the same draws with any number of ``workers`` (threads).

    Notes
    -----
    Leaves of one criterion whose rules are straight lines are drawn as one sum, whose distribution
    is known.
    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, sec. 6.5; Goldstein and
    Spiegelhalter (1996), J. R. Stat. Soc. A 159, for ranks.
    """
    n = many.total.size
    plans = [_plan(many, block) for block in many.blocks]
    index = np.empty((n, draws), dtype=np.float32)
    bands = np.empty((n, len(many.scheme.bands)))

    def part(start: int) -> None:
        rows = slice(start, min(start + CHUNK, n))
        points = np.repeat(many.fixed[rows, :, None].astype(np.float32), draws, axis=2)
        for number, (block, plan) in enumerate(zip(many.blocks, plans, strict=True)):
            random = np.random.Generator(np.random.Philox(key=[seed, start * 1000 + number]))
            _add_draws(points, block.shares[rows], block.covariance[rows], plan, random)
        most = many.most[rows]
        total = points.sum(axis=1) + many.extra[rows, None].astype(np.float32)
        index[rows] = 100 * total / most.sum(axis=1).astype(np.float32)[:, None]
        bands[rows] = _bands(many, index[rows], points, most)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(part, range(0, n, CHUNK)))
    return Drawn(index, bands)


def rank_draws(index: NDArray[np.floating], *, workers: int = 2) -> NDArray[np.int32]:
    """(U, D) ranks of units within each draw, 1 for the largest; equal ones as they stand."""
    n, draws = index.shape
    ranks = np.empty((n, draws), dtype=np.int32)
    places = np.arange(1, n + 1, dtype=np.int32)

    def part(d: int) -> None:
        ranks[np.argsort(-index[:, d], kind="stable"), d] = places

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(part, range(draws)))
    return ranks


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a block's shares become points: (K, S) projection, target criterion and rule of each."""

    projection: NDArray[np.float32]
    criterion: tuple[int, ...]
    most: tuple[float, ...]
    rules: tuple[Callable[[NDArray], NDArray] | None, ...]


def _plan(many: Many, block: Block) -> _Plan:
    leaves = {leaf.id: leaf for leaf in many.scheme.leaves}
    of_leaf = {x.id: c for c, criterion in enumerate(many.criteria) for x in criterion.leaves}
    straight: dict[int, NDArray[np.float32]] = {}
    rows, criterion, most, rules = [], [], [], []
    for s, name in enumerate(block.leaves):
        leaf, unit = leaves[name], np.zeros(len(block.leaves), dtype=np.float32)
        if is_straight(leaf):
            own = straight.setdefault(of_leaf[name], unit)
            own[s] = leaf.max_points
        else:
            unit[s] = 1.0
            rows.append(unit)
            criterion.append(of_leaf[name])
            most.append(1.0)
            rules.append(rule_of(leaf))
    for c, row in straight.items():
        rows.append(row)
        criterion.append(c)
        most.append(float(row.sum()))
        rules.append(None)
    return _Plan(np.array(rows), tuple(criterion), tuple(most), tuple(rules))


def _add_draws(
    points: NDArray[np.float32],
    shares: NDArray[np.floating],
    covariance: NDArray[np.floating],
    plan: _Plan,
    random: np.random.Generator,
) -> None:
    p = plan.projection
    centre = shares.astype(np.float32) @ p.T
    spread = p @ covariance.astype(np.float32) @ p.T
    values, vectors = np.linalg.eigh(spread.astype(np.float64))
    root = (vectors * np.sqrt(np.clip(values, 0, None))[:, None, :]).astype(np.float32)
    shape = (shares.shape[0], p.shape[0], points.shape[2])
    drawn = root @ random.standard_normal(shape, dtype=np.float32)
    drawn += centre[:, :, None]
    for k, (c, most, rule) in enumerate(zip(plan.criterion, plan.most, plan.rules, strict=True)):
        held = np.clip(drawn[:, k], 0, most)
        points[:, c] += held if rule is None else rule(held)


def _bands(
    many: Many,
    index: NDArray[np.float32],
    points: NDArray[np.float32],
    most: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(U, B) shares of draws in each band: the highest whose limit and floors are reached."""
    scheme = many.scheme
    value = index.round(_DIGITS if scheme.band_on == "exact" else scheme.decimals)
    criterion = _weakest(points, most)
    sizes = [len(area.criteria) for area in scheme.areas]
    starts = np.cumsum([0, *sizes[:-1]])
    by_area = np.add.reduceat(points, starts, axis=1), np.add.reduceat(most, starts, axis=1)
    area = _weakest(*by_area)
    free = np.ones(index.shape, dtype=bool)
    found = np.zeros((index.shape[0], len(scheme.bands)))
    for b, band in enumerate(scheme.bands):
        reached = value >= band.min_index
        reached &= (area >= band.area_floor) & (criterion >= band.criterion_floor)
        if b == len(scheme.bands) - 1:
            reached[:] = True
        found[:, b] = (free & reached).mean(axis=1)
        free &= ~reached
    return found


def _weakest(points: NDArray[np.float32], most: NDArray[np.float64]) -> NDArray[np.float32]:
    """(U, D) smallest percent of the maximum among the parts that apply."""
    known = np.where(most > 0, most, np.nan).astype(np.float32)
    # A hair of slack: single precision must not miss a floor that is met.
    return np.nanmin(100 * points / known[:, :, None], axis=1) + np.float32(1e-4)
