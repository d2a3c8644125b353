"""Conditional Poisson sampling: of all designs with given probabilities the one most at random."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.poissonbinomial import counts, without_each
from analysis.sampling.probabilities import check_fixed_size, uncertain, with_certain

_LARGEST = 1500
_STEPS = 500


def conditional_poisson(probabilities: ArrayLike, numbers: ArrayLike) -> NDArray[np.int64]:
    """Rows of a sample of maximum entropy.

    Parameters
    ----------
    probabilities : (N,) float
        π_k in (0, 1] with a whole sum n, met exactly.
    numbers : (N,) float
        One random number in [0, 1) a unit; the rows in an order that is fixed beforehand.

    Returns
    -------
    (n,) int64

    Raises
    ------
    SamplingError
        ``pps.probability``, ``pps.sum``, ``maxentropy.too_large`` (more than 1500 units that are
        not certain), ``maxentropy.not_converged``.

    Notes
    -----
    A Poisson sample with working probabilities p_k, given that it has n units, drawn unit by unit
    from the chances that the units that follow fill the sample.
    Source: Chen, Dempster and Liu (1994), procedure 3; Tillé (2006), sec. 5.6.
    """
    given, n = check_fixed_size(probabilities)
    u = np.asarray(numbers, dtype=float)
    rest = uncertain(given)
    certain = np.setdiff1d(np.arange(given.size), rest)
    p = working_probabilities(given[rest])
    left, taken = n - certain.size, []
    ahead = _ahead(p, left)
    for k, row in enumerate(rest):
        if left == 0:
            break
        if u[row] * ahead[k, left] < p[k] * ahead[k + 1, left - 1]:
            taken.append(row)
            left -= 1
    return np.sort(np.concatenate([certain, np.array(taken, dtype=np.int64)]))


def conditional_poisson_joint(probabilities: ArrayLike) -> NDArray[np.float64]:
    """(N, N) exact joint probabilities of `conditional_poisson`, π_k on the diagonal.

    Source: Chen, Dempster and Liu (1994), eq. 10; Tillé (2006), sec. 5.6.3.
    """
    given, _ = check_fixed_size(probabilities)
    rest = uncertain(given)
    wanted = given[rest]
    n, p = round(float(wanted.sum())), working_probabilities(wanted)
    joint = np.zeros((p.size, p.size))
    if n >= 2:
        made = counts(p[None])
        one = without_each(made, p[None])[0]
        for k in range(p.size):
            two = without_each(one[k][None], p[None])[0, :, n - 2]
            joint[k] = p[k] * p * two / made[0, n]
    joint = (joint + joint.T) / 2
    np.fill_diagonal(joint, wanted)
    return with_certain(given, joint)


def working_probabilities(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """p_k whose conditional Poisson design has the wanted probabilities; Σ p = n.

    Parameters
    ----------
    probabilities : (N,) float
        Wanted π_k in (0, 1), with a whole sum.

    Notes
    -----
    The odds are multiplied by (a power of) the wanted over the reached odds until none is off by
    1e-13; the power, below one, is halved where a step leads away.
    Source: Chen, Dempster and Liu (1994), theorem 2; Hájek (1981), for the size of the step.
    """
    wanted = probabilities
    if wanted.size > _LARGEST:
        raise SamplingError(
            "maxentropy.too_large",
            f"{wanted.size} units; {_LARGEST} are the most.",
            hint="Use Sampford's, Pareto or systematic sampling.",
            units=int(wanted.size),
        )
    if not wanted.size:
        return wanted
    n, p = round(float(wanted.sum())), wanted.copy()
    reached, part = _reached(p, n), 1 - 1 / wanted.size
    for _ in range(_STEPS):
        fault = np.abs(reached / wanted - 1).max()
        if fault <= 1e-13:
            break
        step = wanted / (1 - wanted) / (reached / (1 - reached))
        tried = _scaled(p / (1 - p) * step**part, n)
        found = _reached(tried, n)
        if np.abs(found / wanted - 1).max() < fault:
            p, reached = tried, found
        elif fault <= 1e-11:
            break
        else:
            part /= 2
    if np.abs(reached / wanted - 1).max() <= 1e-11:
        return p
    raise SamplingError("maxentropy.not_converged", "The working probabilities did not settle.")


def _reached(p: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    made = counts(p[None])
    return p * without_each(made, p[None])[0][:, n - 1] / made[0, n]


def _scaled(odds: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Probabilities with these odds up to one factor, which leaves the design as it is; Σ p = n."""
    low, high = -60.0, 60.0
    for _ in range(100):
        middle = (low + high) / 2
        p = 1 / (1 + np.exp(-middle) / odds)
        low, high = (middle, high) if p.sum() < n else (low, middle)
    return p


def _ahead(p: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Chance that j of the units from k on are in a Poisson sample."""
    made = np.zeros((p.size + 1, n + 1))
    made[p.size, 0] = 1.0
    for k in range(p.size - 1, -1, -1):
        made[k] = (1 - p[k]) * made[k + 1]
        made[k, 1:] += p[k] * made[k + 1, :-1]
    return made
