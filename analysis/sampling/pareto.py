"""Pareto sampling: order sampling with nearly the wanted probabilities, and its exact ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.poissonbinomial import counts, without_each
from analysis.sampling.probabilities import check_fixed_size, uncertain, with_certain

_LARGEST = 1500
_LARGEST_JOINT = 80


def ranking_numbers(probabilities: ArrayLike, numbers: ArrayLike) -> NDArray[np.float64]:
    """q_k = u_k (1 − λ_k) / ((1 − u_k) λ_k); zero where λ_k = 1.

    The units with the smallest q_k are taken.
    Source: Rosén (1997), On sampling with probability proportional to size, eq. 3.2.
    """
    target, u = np.asarray(probabilities, dtype=float), np.asarray(numbers, dtype=float)
    return u * (1 - target) / ((1 - u) * target)


def pareto(probabilities: ArrayLike, numbers: ArrayLike) -> NDArray[np.int64]:
    """Rows of a Pareto sample, those with the smallest ranking numbers first.

    Parameters
    ----------
    probabilities : (N,) float
        Wanted probabilities λ_k in (0, 1] with a whole sum n.
    numbers : (N,) float
        Random number of each unit, in [0, 1); equal ranking numbers keep the order of the rows.

    Returns
    -------
    (n,) int64

    Raises
    ------
    SamplingError
        ``pps.probability``, ``pps.sum``.

    Notes
    -----
    The probabilities that result are `pareto_probabilities`, near λ but not equal to it.
    Source: Rosén (1997); Saavedra (1995).
    """
    given, n = check_fixed_size(probabilities)
    return np.argsort(ranking_numbers(given, numbers), kind="stable")[:n]


def pareto_probabilities(probabilities: ArrayLike) -> NDArray[np.float64]:
    """(N,) exact inclusion probabilities of `pareto`.

    Parameters
    ----------
    probabilities : (N,) float
        Wanted probabilities λ_k.

    Raises
    ------
    SamplingError
        ``pareto.too_large``: more than 1500 units that are not certain; ``pareto.quadrature``.

    Notes
    -----
    π_k = ∫ P(fewer than n of the others rank below t) dF_k(t), with the others' number a sum of
    independent events; the integral by Gauss and Legendre's rule in t / (1 + t), refined (at last
    by equal steps in log t) until the probabilities sum to n within 1e-10.
    Source: Aires (1999), Algorithms to find exact inclusion probabilities for conditional Poisson
    sampling and Pareto πps sampling designs.
    """
    given, _ = check_fixed_size(probabilities)
    rest = uncertain(given)
    found = np.ones(given.size)
    if rest.size:
        found[rest] = _first(given[rest], round(float(given[rest].sum())))
    return found


def pareto_joint(probabilities: ArrayLike) -> NDArray[np.float64]:
    """(N, N) exact joint probabilities of `pareto`, the exact π_k on the diagonal.

    π_kl = ∫ P(fewer than n − 1 of the others rank below t) d(F_k F_l)(t).
    Raises SamplingError (``pareto.too_large``: more than 80 units that are not certain).
    Source: Aires (1999), sec. 4.
    """
    given, _ = check_fixed_size(probabilities)
    rest = uncertain(given)
    p = given[rest]
    _check_count(p.size, _LARGEST_JOINT)
    n = round(float(p.sum()))
    first = pareto_probabilities(given)
    joint = _pairs(p, n) if n >= 2 else np.zeros((p.size, p.size))
    np.fill_diagonal(joint, first[rest])
    return with_certain(first, joint)


class _Rule(NamedTuple):
    """Nodes x = t / (1 + t) with 1 − x kept apart, and weights of an integral over x."""

    x: NDArray[np.float64]
    rest: NDArray[np.float64]
    weights: NDArray[np.float64]


def _first(p: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    return _settled(p, n)[0]


def _settled(p: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], _Rule]:
    """The exact probabilities, and a rule that is fine enough for them."""
    _check_count(p.size, _LARGEST)
    for rule in _rules(p):
        found = _integrated(p, n, rule)
        if abs(found.sum() - n) <= 1e-10 * n:
            return found, rule
    raise SamplingError(
        "pareto.quadrature", "The exact probabilities did not settle.", sum=float(found.sum()), n=n
    )


def _integrated(p: NDArray[np.float64], n: int, rule: _Rule) -> NDArray[np.float64]:
    below, density = _curves(p, rule)
    found = np.zeros(p.size)
    # Some nodes at a time: the distributions of all at once would not fit into memory.
    step = max(1, 2_000_000 // p.size**2)
    for start in range(0, rule.x.size, step):
        part = slice(start, start + step)
        fewer = without_each(counts(below[part]), below[part])[..., :n].sum(axis=-1)
        found += (rule.weights[part, None] * density[part] * fewer).sum(axis=0)
    return found


def _pairs(p: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    rule = _settled(p, n)[1]
    below, density = _curves(p, rule)
    one = without_each(counts(below), below)
    joint = np.zeros((p.size, p.size))
    for k in range(p.size):
        others = np.flatnonzero(np.arange(p.size) != k)
        two = without_each(one[:, k], below[:, others])[..., : n - 1].sum(axis=-1)
        last = density[:, k, None] * below[:, others] + below[:, k, None] * density[:, others]
        joint[k, others] = (rule.weights[:, None] * last * two).sum(axis=0)
    return (joint + joint.T) / 2


def _check_count(units: int, most: int) -> None:
    if units > most:
        raise SamplingError(
            "pareto.too_large",
            f"Exact probabilities of {units} units; {most} are the most.",
            hint="Beyond that the wanted probabilities are the exact ones to three digits.",
            units=units,
        )


def _rules(p: NDArray[np.float64]) -> Iterator[_Rule]:
    """Gauss and Legendre's nodes, twice as many again, then equal steps in log t.

    The step that is integrated has a width of about one over the standard deviation of the count.
    Probabilities very near zero or one bend the curves at the ends, which only log t resolves.
    """
    deviation = np.sqrt((p * (1 - p)).sum())
    nodes = 48 + 16 * int(deviation)
    for count in (nodes, 2 * nodes):
        x, weights = np.polynomial.legendre.leggauss(count)
        yield _Rule((1 + x) / 2, (1 - x) / 2, weights / 2)
    step = min(0.4, 0.5 / max(float(deviation), 1.0))
    far = float(np.abs(np.log(p) - np.log1p(-p)).max()) + 36
    y = np.arange(-far, far + step, step)
    x, rest = 1 / (1 + np.exp(-y)), 1 / (1 + np.exp(y))
    yield _Rule(x, rest, step * x * rest)


def _curves(p: NDArray[np.float64], rule: _Rule) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """F_k and its density at t = x / (1 − x), per unit of x; (B, N) each."""
    bottom = rule.rest[:, None] * (1 - p) + rule.x[:, None] * p
    return rule.x[:, None] * p / bottom, p * (1 - p) / bottom**2
