"""Many units composed at once.

The same sums as `analysis.index.composition`, on arrays: (U,) units, (C,) criteria.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import SchemeError
from analysis.index import survey_rules
from analysis.index.scheme import COUNTED, Criterion, Leaf, Scheme


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


def _surveyed(
    scheme: Scheme, criteria: Sequence[Criterion], blocks: Sequence[Block], n: int
) -> NDArray[np.float64]:
    of_leaf = {leaf.id: (c, leaf) for c, part in enumerate(criteria) for leaf in part.leaves}
    points = np.zeros((n, len(criteria)))
    for block in blocks:
        for s, name in enumerate(block.leaves):
            c, leaf = of_leaf[name]
            points[:, c] += rule_of(leaf)(np.asarray(block.shares[:, s], dtype=float))
    return points


def _straight_se(scheme: Scheme, blocks: Sequence[Block], n: int) -> NDArray[np.float64]:
    leaves = {leaf.id: leaf for leaf in scheme.leaves}
    if not all(is_straight(leaf) for leaf in scheme.survey_leaves):
        return np.full(n, np.nan)
    variance = np.zeros(n)
    for block in blocks:
        m = np.array([leaves[name].max_points for name in block.leaves])
        variance += np.einsum("i,uij,j->u", m, block.covariance, m, optimize=True)
    return np.sqrt(np.clip(variance, 0, None))


def is_straight(leaf: Leaf) -> bool:
    """Whether points are the share times the maximum."""
    return leaf.rule["kind"] in ("share", "options")


def rule_of(leaf: Leaf) -> Callable[[NDArray], NDArray]:
    """The leaf's rule on arrays of shares."""
    if is_straight(leaf):
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
