"""Many units composed at once, as estimated and as they would come out if asked again.

The same sums as `analysis.index.composition`, on arrays: (U,) units, (C,) criteria, (D,) draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import SchemeError
from analysis.index import survey_rules
from analysis.index.scheme import COUNTED, Criterion, Leaf, Scheme

#: Units drawn at a time: what is between stays small.
CHUNK = 200
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Block:
    """Survey leaves of which the same people were asked, for all units.

    ``shares`` (U, S) in [0, 1] and their ``covariance`` (U, S, S), leaves in the same order; people
    of different blocks were drawn apart.
    """

    leaves: tuple[str, ...]
    shares: NDArray[np.floating]
    covariance: NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Many:
    """Units composed: points and applicable maximum by criterion (U, C), bonus less penalty (U,).

    ``total`` and ``index_percent`` (U,); ``total_se`` (U,) where every rule of a survey leaf is a
    straight line, else NaN: then the spread of the draws says it.
    """

    scheme: Scheme
    criteria: tuple[Criterion, ...]
    points: NDArray[np.float64]
    most: NDArray[np.float64]
    extra: NDArray[np.float64]
    total: NDArray[np.float64]
    total_se: NDArray[np.float64]
    index_percent: NDArray[np.float64]
    #: Points by criterion without those of the survey.
    fixed: NDArray[np.float64]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """``index_percent`` (U, D) of draws; ``bands`` (U, B): share of draws in each of the scheme."""

    index_percent: NDArray[np.float32]
    bands: NDArray[np.float64]


def compose_many(
    scheme: Scheme, given: Mapping[str, NDArray[np.floating]], blocks: Sequence[Block]
) -> Many:
    """Compose units whose points are given as arrays.

    Parameters
    ----------
    scheme : Scheme
    given : mapping
        Leaf that is no survey leaf -> (U,) points, NaN where it does not apply.
    blocks : sequence of Block
        Every survey leaf stands in one of them.

    Raises
    ------
    SchemeError
        ``composition.missing`` for a leaf without points, ``composition.survey_missing``,
        ``composition.empty`` for a unit to which nothing applies.

    Notes
    -----
    total = Σ points of counted leaves + bonus − penalty, on the maximum of leaves that apply (F6).
    With straight rules Var(total) = Σ m'Σm over blocks, m the maxima of their leaves.
    """
    _check(scheme, given, blocks)
    criteria = tuple(criterion for area in scheme.areas for criterion in area.criteria)
    n = next(iter([*(block.shares for block in blocks), *given.values()])).shape[0]
    fixed, most = np.zeros((n, len(criteria))), np.zeros((n, len(criteria)))
    for c, criterion in enumerate(criteria):
        for leaf in criterion.leaves:
            if leaf.source == "survey":
                most[:, c] += leaf.max_points
            elif leaf.source in COUNTED:
                own = np.asarray(given[leaf.id], dtype=float)
                fixed[:, c] += np.nan_to_num(own)
                most[:, c] += np.where(np.isnan(own), 0.0, leaf.max_points)
    if (most.sum(axis=1) == 0).any():
        raise SchemeError("composition.empty", "No criterion applies to a unit.")
    points, extra = fixed + _surveyed(scheme, criteria, blocks, n), _extra(scheme, given, n)
    total = points.sum(axis=1) + extra
    return Many(
        scheme, criteria, points, most, extra, total, _straight_se(scheme, blocks, n),
        100 * total / most.sum(axis=1), fixed, tuple(blocks),
    )  # fmt: skip


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
        if _is_straight(leaf):
            own = straight.setdefault(of_leaf[name], unit)
            own[s] = leaf.max_points
        else:
            unit[s] = 1.0
            rows.append(unit)
            criterion.append(of_leaf[name])
            most.append(1.0)
            rules.append(_rule(leaf))
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


def _surveyed(
    scheme: Scheme, criteria: Sequence[Criterion], blocks: Sequence[Block], n: int
) -> NDArray[np.float64]:
    of_leaf = {leaf.id: (c, leaf) for c, part in enumerate(criteria) for leaf in part.leaves}
    points = np.zeros((n, len(criteria)))
    for block in blocks:
        for s, name in enumerate(block.leaves):
            c, leaf = of_leaf[name]
            points[:, c] += _rule(leaf)(np.asarray(block.shares[:, s], dtype=float))
    return points


def _straight_se(scheme: Scheme, blocks: Sequence[Block], n: int) -> NDArray[np.float64]:
    leaves = {leaf.id: leaf for leaf in scheme.leaves}
    if not all(_is_straight(leaf) for leaf in scheme.survey_leaves):
        return np.full(n, np.nan)
    variance = np.zeros(n)
    for block in blocks:
        m = np.array([leaves[name].max_points for name in block.leaves])
        variance += np.einsum("i,uij,j->u", m, block.covariance, m, optimize=True)
    return np.sqrt(np.clip(variance, 0, None))


def _is_straight(leaf: Leaf) -> bool:
    return leaf.rule["kind"] in ("share", "options")


def _rule(leaf: Leaf) -> Callable[[NDArray], NDArray]:
    """The leaf's rule on arrays of shares."""
    if _is_straight(leaf):
        return lambda share: share * leaf.max_points
    steps = survey_rules.steps(leaf)
    if steps is None:
        return np.vectorize(lambda x: survey_rules.score(leaf, x, 0.0, x, x).points, otypes=[float])
    starts = np.array([0.0, *(start for start, _ in steps)])
    reached = np.array([0.0, *(points for _, points in steps)])
    best = np.maximum.accumulate(reached)
    return lambda share: best[np.searchsorted(starts[1:], share + 1e-7, side="right")]


def _extra(
    scheme: Scheme, given: Mapping[str, NDArray[np.floating]], n: int
) -> NDArray[np.float64]:
    found = {}
    for source, cap in (("bonus", scheme.bonus_max), ("penalty", scheme.penalty_max)):
        own = [np.nan_to_num(given[x.id]) for x in scheme.leaves if x.source == source]
        added = np.sum(own, axis=0) if own else np.zeros(n)
        found[source] = added if cap is None else np.minimum(added, cap)
    return found["bonus"] - found["penalty"]


def _check(
    scheme: Scheme, given: Mapping[str, NDArray[np.floating]], blocks: Sequence[Block]
) -> None:
    asked = {name for block in blocks for name in block.leaves}
    for leaf in scheme.leaves:
        if leaf.source == "survey" and leaf.id not in asked:
            raise SchemeError(
                "composition.survey_missing", f"No survey points for {leaf.id!r}.", leaf=leaf.id
            )
        if leaf.source != "survey" and leaf.id not in given:
            raise SchemeError("composition.missing", f"No points for {leaf.id!r}.", leaf=leaf.id)
