"""Sampford's design: exact probabilities proportional to size, one random number a unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.poissonbinomial import counts, without_each
from analysis.sampling.probabilities import check_fixed_size, uncertain, with_certain

_LARGEST = 40_000_000
_LARGEST_JOINT = 400


def sampford(probabilities: ArrayLike, numbers: ArrayLike) -> NDArray[np.int64]:
    """Rows of a Sampford sample.

    Parameters
    ----------
    probabilities : (N,) float
        π_k in (0, 1] with a whole sum n; units with π_k = 1 are taken for certain.
    numbers : (N,) float
        One random number in [0, 1) a unit.  The rows must be in an order that is fixed
        beforehand (the draws sort by id): it decides which sample the numbers give.

    Returns
    -------
    (n,) int64

    Raises
    ------
    SamplingError
        ``pps.probability``, ``pps.sum``, ``sampford.too_large`` (N · n above 4·10⁷).

    Notes
    -----
    P(s) ∝ Σ_(l∈s)(1 − π_l) Π_(k∈s) π_k / (1 − π_k).  The list is gone through once: unit k is
    taken where its number lies below the conditional probability given what was taken before,
    from sums over all samples of the units that follow.  No sample is thrown away and drawn anew.
    Source: Sampford (1967); Tillé (2006), sec. 6.9 for the design, and sec. 3.5 for the
    implementation of a design unit by unit.
    """
    given, n = check_fixed_size(probabilities)
    u = np.asarray(numbers, dtype=float)
    rest = uncertain(given)
    certain = np.setdiff1d(np.arange(given.size), rest)
    left = n - certain.size
    if left == 0:
        return certain
    plain, weighted = _ahead(given[rest], left)
    taken, odd = [], 0.0
    for k, row in enumerate(rest):
        p, j = given[row], left - len(taken)
        if j == 0:
            break
        whole = odd * plain[k, j] + weighted[k, j]
        with_it = (odd + 1 - p) * plain[k + 1, j - 1] + weighted[k + 1, j - 1]
        if u[row] * whole < p * with_it:
            taken.append(row)
            odd += 1 - p
    return np.sort(np.concatenate([certain, np.array(taken, dtype=np.int64)]))


def sampford_joint(probabilities: ArrayLike) -> NDArray[np.float64]:
    """(N, N) exact joint probabilities of `sampford`, π_k on the diagonal.

    Raises SamplingError (``sampford.too_large``: more than 400 units that are not certain).
    Source: Sampford (1967), eq. 10, here as sums over all samples without two units.
    """
    given, _ = check_fixed_size(probabilities)
    rest = uncertain(given)
    p = given[rest]
    if p.size > _LARGEST_JOINT:
        raise SamplingError(
            "sampford.too_large",
            f"Joint probabilities of {p.size} units; {_LARGEST_JOINT} are the most.",
            units=int(p.size),
        )
    n = round(float(p.sum()))
    joint = np.zeros((p.size, p.size))
    if n >= 2:
        joint = _pairs(p, n)
    np.fill_diagonal(joint, p)
    return with_certain(given, joint)


def _ahead(p: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums over samples of j of the units from k on: of Π, and of (Σ (1 − π)) Π.

    Π is the probability of the sample under independent draws, which keeps all sums in [0, n].
    """
    if (p.size + 1) * (n + 1) > _LARGEST:
        raise SamplingError(
            "sampford.too_large",
            f"{n} of {p.size} units are too many for Sampford's design.",
            hint="Use Pareto or systematic sampling.",
            units=int(p.size),
            n=n,
        )
    plain = np.zeros((p.size + 1, n + 1))
    weighted = np.zeros((p.size + 1, n + 1))
    plain[p.size, 0] = 1.0
    for k in range(p.size - 1, -1, -1):
        out = 1 - p[k]
        plain[k] = out * plain[k + 1]
        plain[k, 1:] += p[k] * plain[k + 1, :-1]
        weighted[k] = out * weighted[k + 1]
        weighted[k, 1:] += p[k] * (weighted[k + 1, :-1] + out * plain[k + 1, :-1])
    return plain, weighted


def _pairs(p: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    plain = counts(p[None])
    weighted = _weighted_counts(p)
    whole = weighted[n]
    one = without_each(plain, p[None])[0]
    one_weighted = _weighted_without(weighted[None], one[None], p[None])[0]
    joint = np.zeros((p.size, p.size))
    for k in range(p.size):
        others = np.flatnonzero(np.arange(p.size) != k)
        two = without_each(one[k][None], p[None, others])[0]
        two_weighted = _weighted_without(one_weighted[k][None], two[None], p[None, others])[0]
        odd = (1 - p[k]) + (1 - p[others])
        joint[k, others] = p[k] * p[others] * (odd * two[:, n - 2] + two_weighted[:, n - 2]) / whole
    return (joint + joint.T) / 2


def _weighted_counts(p: NDArray[np.float64]) -> NDArray[np.float64]:
    plain, weighted = _ahead(p, p.size)
    del plain
    return weighted[0]


def _weighted_without(
    weighted: NDArray[np.float64], plain_without: NDArray[np.float64], p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`without_each` for the weighted sums: what the unit itself adds is taken off first."""
    own = np.zeros((*p.shape, weighted.shape[1]))
    own[..., 1:] = (p * (1 - p))[..., None] * plain_without
    left = weighted[:, None, :] - own
    flat = left.reshape(-1, left.shape[-1])
    return without_each(flat, p.reshape(-1, 1))[:, 0].reshape(*p.shape, -1)
