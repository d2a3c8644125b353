"""Systematic sampling along an order, at equal or unequal probabilities, from one start."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.sampling.probabilities import check_fixed_size


def systematic(probabilities: ArrayLike, start: float) -> NDArray[np.int64]:
    """Rows that systematic sampling takes, in the order of the rows.

    Parameters
    ----------
    probabilities : (N,) float
        π_k in (0, 1], in the order of the list; their sum is the whole number n.
    start : float
        Random start in [0, 1).

    Returns
    -------
    (n,) int64

    Raises
    ------
    SamplingError
        ``pps.probability``, ``pps.sum``.

    Notes
    -----
    With V_k = π_1 + … + π_k, summed from the first row on in doubles, unit k is taken where one of
    the points u, 1 + u, 2 + u, … lies in (V_(k−1), V_k].
    Source: Madow (1949); Tillé (2006), sec. 7.1, algorithm 7.1.
    """
    given, n = check_fixed_size(probabilities)
    ends = np.cumsum(given)
    # The sum is n but for rounding; a start near zero must not lose the last unit to it.
    ends[-1] = n
    # The points u, 1 + u, …; a start of zero has its first point at the end of the first unit.
    points = np.arange(n) + (start if start > 0 else 1.0)
    return np.searchsorted(ends, points, side="left")


def systematic_joint(probabilities: ArrayLike) -> NDArray[np.float64]:
    """(N, N) exact joint probabilities of `systematic` over a uniform start.

    Each unit is taken for starts in an arc of length π_k on a circle of length one; two units
    together for starts where their arcs overlap.  Pairs may have probability zero: the variance
    then has no unbiased estimator.
    Source: Tillé (2006), sec. 7.2; Pea, Qualité and Tillé (2007).
    """
    given, n = check_fixed_size(probabilities)
    ends = np.cumsum(given)
    ends[-1] = n
    begins = np.concatenate([[0.0], ends[:-1]])
    turns = np.floor(begins)
    low, high = begins - turns, ends - turns
    joint = np.zeros((given.size, given.size))
    for turn in (-1.0, 0.0, 1.0):
        top = np.minimum.outer(high, high + turn)
        bottom = np.maximum.outer(low, low + turn)
        joint += np.maximum(top - bottom, 0.0)
    np.fill_diagonal(joint, given)
    return np.minimum(joint, np.minimum.outer(given, given))
