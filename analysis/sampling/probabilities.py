"""Inclusion probabilities that a design fixes beforehand, of first order and joint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError

#: A probability this near to one is one: a rounding error must not leave a unit to chance.
_CERTAIN = 1 - 1e-12


def pps_probabilities(
    sizes: ArrayLike, n: int, *, ids: Sequence[str] | None = None
) -> NDArray[np.float64]:
    """Probabilities proportional to size for a sample of ``n``, certainty units taken out.

    Parameters
    ----------
    sizes : (N,) float
        Measure of size of each unit, > 0.
    n : int
        Units to draw, 1 ≤ n ≤ N.
    ids : (N,) str
        Names of the units, for errors.

    Returns
    -------
    (N,) float
        π_k = min(1, n' x_k / Σ x) over the units that are not certain; they sum to ``n``.

    Raises
    ------
    SamplingError
        ``pps.size`` (zero, negative or not a number: facts give the row and the id),
        ``pps.sample_size``.

    Notes
    -----
    A unit whose probability would reach one is taken for certain, and the others share the rest
    of the sample, until none reaches one.
    Source: Särndal, Swensson and Wretman (1992), sec. 3.6.1; Tillé (2006), sec. 2.10.
    """
    x = np.asarray(sizes, dtype=float)
    bad = np.flatnonzero(~((x > 0) & np.isfinite(x)))
    if bad.size:
        row = int(bad[0])
        name = f" ({ids[row]!r})" if ids is not None else ""
        raise SamplingError(
            "pps.size",
            f"Row {row}{name}: a size of {x[row]:g} gives the unit no probability.",
            hint="Give every unit a size above zero, or take it out of the frame.",
            row=row,
            id=None if ids is None else ids[row],
            size=float(x[row]),
            rows=bad.tolist(),
        )
    if not (1 <= n <= x.size and n == int(n)):
        raise SamplingError(
            "pps.sample_size",
            f"{n} of {x.size} units cannot be drawn.",
            n=n,
            population=int(x.size),
        )
    found = np.ones(x.size)
    open_ = np.ones(x.size, dtype=bool)
    while True:
        left = n - np.count_nonzero(~open_)
        if not open_.any():
            return found
        if left == 0:
            row = int(np.flatnonzero(open_)[0])
            raise SamplingError(
                "pps.size",
                f"Row {row}: {x[row]:g} is next to nothing beside the largest sizes.",
                hint="Draw more units, or take the largest ones into a stratum of their own.",
                row=row,
                id=None if ids is None else ids[row],
                size=float(x[row]),
            )
        part = left * x[open_] / x[open_].sum()
        sure = part >= _CERTAIN
        if not sure.any():
            found[open_] = part
            return found
        open_[np.flatnonzero(open_)[sure]] = False


def srs_joint(population: int, n: int) -> NDArray[np.float64]:
    """(N, N) joint probabilities of simple random sampling: n (n − 1) / (N (N − 1)).

    The diagonal holds n / N.  Raises SamplingError (``pps.sample_size``) unless 1 ≤ n ≤ N.
    Source: Särndal, Swensson and Wretman (1992), example 2.4.2.
    """
    if not 1 <= n <= population:
        raise SamplingError(
            "pps.sample_size",
            f"{n} of {population} units cannot be drawn.",
            n=n,
            population=population,
        )
    pair = n * (n - 1) / (population * (population - 1)) if population > 1 else 1.0
    joint = np.full((population, population), pair)
    np.fill_diagonal(joint, n / population)
    return joint


def stratified_joint(blocks: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Joint probabilities of strata drawn independently: one block a stratum, products between.

    Parameters
    ----------
    blocks : sequence of (N_h, N_h) float
        Joint probabilities within each stratum, π_k on the diagonal.

    Returns
    -------
    (N, N) float
        Units in the order of the blocks.

    Source: Särndal, Swensson and Wretman (1992), sec. 3.7.1.
    """
    first = np.concatenate([np.diag(block) for block in blocks])
    joint = np.outer(first, first)
    start = 0
    for block in blocks:
        stop = start + block.shape[0]
        joint[start:stop, start:stop] = block
        start = stop
    return joint


def with_certain(
    probabilities: NDArray[np.float64], joint_of_rest: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Joint probabilities of all units from those of the units that are not certain.

    A certain unit is drawn with everybody: π_kl = π_l.
    """
    joint = np.minimum.outer(probabilities, probabilities)
    rest = np.flatnonzero(probabilities < _CERTAIN)
    joint[np.ix_(rest, rest)] = joint_of_rest
    return joint


def uncertain(probabilities: ArrayLike) -> NDArray[np.int64]:
    """Rows whose units are not taken for certain."""
    return np.flatnonzero(np.asarray(probabilities, dtype=float) < _CERTAIN)


def check_fixed_size(probabilities: ArrayLike) -> tuple[NDArray[np.float64], int]:
    """The probabilities and their sum, which must be a whole number.

    Raises SamplingError (``pps.probability``: outside (0, 1]; ``pps.sum``).
    """
    given = np.asarray(probabilities, dtype=float)
    bad = np.flatnonzero(~((given > 0) & (given <= 1)))
    if bad.size:
        row = int(bad[0])
        raise SamplingError(
            "pps.probability",
            f"Row {row}: {given[row]:g} is no inclusion probability.",
            row=row,
            probability=float(given[row]),
        )
    n = round(float(given.sum()))
    if n < 1 or abs(float(given.sum()) - n) > 1e-6:
        raise SamplingError(
            "pps.sum",
            f"The probabilities sum to {given.sum():g}, which is no whole sample.",
            sum=float(given.sum()),
        )
    return given, n
