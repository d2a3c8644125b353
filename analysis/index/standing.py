"""What a ranking is worth: ranks that a unit may hold, ties, chances of bands, other weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError
from analysis.estimation import ranking
from analysis.estimation.benchmarking import benchmark
from analysis.estimation.smallarea import fay_herriot
from analysis.estimation.smoothing import smooth_variances
from analysis.estimation.ties import tie_groups
from analysis.index.many import Many
from analysis.index.redraws import draw, rank_draws

#: Up to so many units every pair is compared; above, joint intervals decide.
MOST_PAIRS = 300
#: Fewer areas than this carry no model.
FEWEST_AREAS = 6
_NO_SPREAD = 1e-9


@dataclass(frozen=True, slots=True)
class Standing:
    """Of (U,) units: ranks, 1 for the largest; every array in the order of the units given.

    ``lower`` … ``upper``: the simultaneous confidence set of the rank; ``drawn_low`` …
    ``drawn_high`` the middle part of its bootstrap draws; ``groups``: positions of units that
    cannot be told apart, best first, empty where there are more than `MOST_PAIRS`.
    """

    rank: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    drawn_low: NDArray[np.int64]
    drawn_high: NDArray[np.int64]
    groups: tuple[tuple[int, ...], ...]
    #: (U, B) chances of the scheme's bands; None where no index is composed.
    bands: NDArray[np.float64] | None
    method: str


def widened(
    covariance: ArrayLike, share: ArrayLike, low: ArrayLike, high: ArrayLike, z: float
) -> NDArray[np.float64]:
    """Covariance (S, S) of shares with standard errors of at least (high − low) / 2z.

    Answers that all agree have a standard error of zero, which their interval does not believe; the
    correlations stay.
    """
    cov = np.asarray(covariance, dtype=float)
    own = np.sqrt(np.clip(np.diag(cov), 0, None))
    reach = np.maximum(np.asarray(high) - share, share - np.asarray(low)) / z
    said = np.where(own > _NO_SPREAD, own, reach)
    scale = np.outer(own, own)
    correlation = np.divide(cov, scale, out=np.eye(own.size), where=scale > _NO_SPREAD**2)
    return correlation * np.outer(said, said)


def of_index(many: Many, *, level: float, draws: int = 1000, seed: int = 1) -> Standing:
    """Ranks, ties and chances of bands of composed units.

    Parameters
    ----------
    many : Many
        Two or more units.
    level : float
    draws, seed : int
        As in `analysis.index.redraws.draw`.

    Raises
    ------
    EstimationError
        Those of `analysis.estimation.ranking.rank_sets`.
    """
    drawn = draw(many, draws=draws, seed=seed)
    variance = drawn.index_percent.astype(float).var(axis=1)
    return _standing(many.index_percent, variance, drawn.index_percent, drawn.bands, level, seed)


def of_shares(
    estimates: ArrayLike, se: ArrayLike, *, level: float, draws: int = 1000, seed: int = 1
) -> Standing:
    """Ranks and ties of shares, where no index is composed."""
    x, s = np.asarray(estimates, dtype=float), np.asarray(se, dtype=float)
    random = np.random.Generator(np.random.Philox(seed))
    drawn = x[:, None] + s[:, None] * random.standard_normal((x.size, draws))
    return _standing(x, s**2, drawn, None, level, seed)


def _standing(
    x: NDArray[np.float64],
    variance: NDArray[np.float64],
    drawn: NDArray[np.floating],
    bands: NDArray[np.float64] | None,
    level: float,
    seed: int,
) -> Standing:
    if x.size <= MOST_PAIRS:
        sets = ranking.rank_sets(x, variance, level=level, seed=seed)
        groups = tie_groups(x, variance, level=level).groups
    else:
        sets = ranking.joint_interval_ranks(x, variance, level=level)
        groups = ()
    ends = np.sort(rank_draws(np.asarray(drawn)), axis=1)
    tail = int((1 - level) / 2 * drawn.shape[1])
    return Standing(
        sets.rank, sets.lower, sets.upper, ends[:, tail], ends[:, -1 - tail], groups, bands,
        sets.method,
    )  # fmt: skip


def under_other_weights(
    points: NDArray[np.float64],
    most: NDArray[np.float64],
    *,
    spread: float = 0.25,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 1,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ranks (low, high), each (U,), if the areas' maxima had been set otherwise.

    Parameters
    ----------
    points, most : (U, A) float
        Points and applicable maximum of each area; a maximum of 0 where it does not apply.
    spread : float
        Every maximum is multiplied by a uniform number in [1 − spread, 1 + spread].
    draws, level, seed
        The middle ``level`` of the ranks of so many draws.

    Notes
    -----
    Source: Saisana, Saltelli and Tarantola (2005), J. R. Stat. Soc. A 168(2); OECD and JRC (2008),
    Handbook on Constructing Composite Indicators, step 7.
    """
    random = np.random.Generator(np.random.Philox(seed))
    weights = random.uniform(1 - spread, 1 + spread, (most.shape[1], draws))
    index = (points @ weights) / (most @ weights)
    ends = np.sort(rank_draws(index), axis=1)
    tail = int((1 - level) / 2 * draws)
    return ends[:, tail], ends[:, -1 - tail]


@dataclass(frozen=True, slots=True)
class SmallAreas:
    """Model estimates of (U,) shares, summing to the direct ones; ``gamma``: weight of the direct.

    For a unit without an estimate of its own ``gamma`` is 0 and the estimate synthetic.
    """

    estimate: NDArray[np.float64]
    rmse: NDArray[np.float64]
    gamma: NDArray[np.float64]
    notes: tuple[str, ...]


def small_areas(
    direct: Sequence[float | None], se: Sequence[float | None], n: ArrayLike, sizes: ArrayLike
) -> SmallAreas | None:
    """Fay–Herriot estimates around a common mean, benchmarked; None for too few units.

    Parameters
    ----------
    direct, se : sequence of float or None
        Shares in [0, 1] and their standard errors; None where a unit has none (to show).
    n, sizes : (U,) float
        Answers, and the population that the unit stands for.

    Notes
    -----
    Variances are smoothed by log n first where their number allows it: a handful of answers knows
    its own spread badly.  Estimates sum to the direct ones over units that have one, weighted by
    ``sizes``.
    Source: Fay and Herriot (1979), JASA 74; You, Rao and Hidiroglou (2013), Survey Methodology 39.
    """
    seen = np.array([value is not None for value in direct])
    if seen.sum() < FEWEST_AREAS:
        return None
    y = np.array([0.0 if value is None else value for value in direct])
    d = np.array([0.0 if value is None else value for value in se]) ** 2
    counts, weights = np.asarray(n, dtype=float), np.asarray(sizes, dtype=float)
    notes: tuple[str, ...] = ()
    try:
        smooth = smooth_variances(d[seen], counts[seen])
        d[seen], notes = smooth.variance, smooth.notes
    except EstimationError:
        positive = d[seen & (d > 0)]
        if not positive.size:
            return None
        d[seen & (d == 0)] = positive.mean()
    fit = fay_herriot(y, d, np.ones((y.size, 1)), sampled=seen)
    w = np.where(seen & (weights > 0), weights, 1e-9)
    made = benchmark(fit, w, total=float(w[seen] @ y[seen] + w[~seen] @ fit.estimate[~seen]))
    return SmallAreas(
        np.clip(made.estimate, 0, 1), fit.rmse, fit.gamma, (*notes, *fit.notes, *made.notes)
    )
