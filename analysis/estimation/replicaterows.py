"""Replicate weights of a stratified, post-stratified sample, row by row: memory grows with neither
rows nor rows × replicates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import DesignError

METHODS = ("jackknife", "bootstrap")


@dataclass(frozen=True, slots=True)
class Cell:
    """A stratum that is a post-stratum as well: ``weights`` (n,) before post-stratification, the
    ``population`` that they stand for, and its ``count`` in the frame (n / count is the sampling
    fraction; the population where it is None)."""

    weights: NDArray[np.float64]
    population: float
    count: float | None = None

    @property
    def n(self) -> int:
        return len(self.weights)

    @property
    def fraction(self) -> float:
        return min(self.n / (self.count or self.population), 1.0)


@dataclass(frozen=True, slots=True)
class ReplicateRows:
    """How the variance follows from the replicates: scale Σ rscales_r (θ_r − θ̄)²."""

    method: str
    cells: Sequence[Cell]
    n: int
    seed: int
    scale: float
    rscales: NDArray[np.float64]

    def rows(self) -> Iterator[NDArray[np.float64]]:
        """The replicate weights (R,) of each row, cell by cell, rows in their order.

        The same seed gives the same weights.
        """
        first = 0
        for position, cell in enumerate(self.cells):
            if self.method == "bootstrap":
                yield from _bootstrap(cell, self.n, [self.seed % 2**64, position])
            else:
                yield from _jackknife(cell, self.n, first)
                first += cell.n if cell.n > 1 else 0


def replicate_rows(
    cells: Sequence[Cell], method: str, *, n: int | None = None, seed: int = 0
) -> ReplicateRows:
    """Replicate weights of rows that are their own clusters, post-stratified in each replicate.

    Parameters
    ----------
    cells : sequence of Cell
    method : str
        ``jackknife`` (JKn: one row left out at a time, R = rows) or ``bootstrap`` (Rao–Wu with
        n − 1 draws of n, R = ``n``).
    n, seed : int
        Number of bootstrap replicates (at least 2), and the key of their random numbers.

    Raises
    ------
    DesignError
        ``replicates.method``, ``replicates.n``, ``design.lonely_psu`` for a cell of one row that
        is not its whole population.

    Notes
    -----
    A cell's n − 1 draws over n rows are multinomial; row by row they are binomial in what is left
    of the draws, which needs no table of rows × replicates.
    Source: Rao, Wu and Yue (1992), Survey Methodology 18, 209–217; Wolter (2007), ch. 4; Devroye
    (1986), Non-Uniform Random Variate Generation, sec. XI.1.4, for the conditional binomials.
    """
    if method not in METHODS:
        raise DesignError(
            "replicates.method", f"Unknown {method!r}.", hint=f"One of {METHODS}.", method=method
        )
    for position, cell in enumerate(cells):
        if cell.n == 1 and cell.fraction < 1:
            raise DesignError(
                "design.lonely_psu", f"Cell {position} holds one row.", stratum=position
            )
    if method == "bootstrap":
        if n is None or n < 2:
            raise DesignError("replicates.n", f"The number of replicates is {n!r}.", hint="500.")
        return ReplicateRows(method, cells, n, seed, 1 / (n - 1), np.ones(n))
    spread = [
        np.full(cell.n, (1 - cell.fraction) * (cell.n - 1) / cell.n) for cell in cells if cell.n > 1
    ]
    rscales = np.concatenate(spread) if spread else np.ones(0)
    return ReplicateRows(method, cells, rscales.size, seed, 1.0, rscales)


def _bootstrap(cell: Cell, n: int, key: list[int]) -> Iterator[NDArray[np.float64]]:
    """Two walks over the same draws: the first adds up what post-stratification divides by."""
    sums = np.zeros(n)
    for weight, factor in zip(cell.weights, _factors(cell, n, key), strict=True):
        sums += weight * factor
    ratio = cell.population / sums
    for weight, factor in zip(cell.weights, _factors(cell, n, key), strict=True):
        yield weight * factor * ratio


def _factors(cell: Cell, n: int, key: list[int]) -> Iterator[NDArray[np.float64]]:
    """Rescaled numbers of draws of each row, (n,) at a time."""
    if cell.n == 1:
        yield np.ones(n)
        return
    random = np.random.Generator(np.random.Philox(key=key))
    c = np.sqrt(1 - cell.fraction)
    left = np.full(n, cell.n - 1)
    for waiting in range(cell.n, 0, -1):
        times = random.binomial(left, 1 / waiting) if waiting > 1 else left
        left = left - times
        yield 1 - c + c * cell.n / (cell.n - 1) * times


def _jackknife(cell: Cell, n: int, first: int) -> Iterator[NDArray[np.float64]]:
    whole = cell.weights.sum()
    others = cell.population / (whole - cell.weights) if cell.n > 1 else None
    for place, weight in enumerate(cell.weights):
        row = np.full(n, weight * cell.population / whole)
        if others is not None:
            row[first : first + cell.n] = weight * others
            row[first + place] = 0.0
        yield row
