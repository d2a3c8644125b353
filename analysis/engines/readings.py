"""How each kind of statistic reads a block: the sources of `analysis.estimation`, unread yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.engines.protocol import Chunk
from analysis.estimation.sources import Below, Items, Pairs, Part, Shares, Squares

_ALL = slice(None)


class Reading(Protocol):
    """A source of blocks: ``columns`` it needs, ``width`` values a row, less a ``centre``."""

    columns: tuple[str, ...]
    listwise: bool
    width: int
    centre: NDArray[np.float64] | float

    def read(self, chunk: Chunk, domain: NDArray[np.integer]) -> Part:
        """Values of the rows of a block, whose ``domain`` (b,) is −1 outside."""
        ...


@dataclass(frozen=True, eq=False)
class ReadItems:
    """Columns, for means and totals."""

    columns: tuple[str, ...]
    listwise: bool
    centre: NDArray[np.float64] | float

    @property
    def width(self) -> int:
        return len(self.columns)

    def read(self, chunk: Chunk, domain: NDArray[np.integer]) -> Part:
        taken = self.centre if isinstance(self.centre, np.ndarray) else None
        return Items(chunk.columns(self.columns, listwise=self.listwise), taken).read(_ALL)


@dataclass(frozen=True, eq=False)
class ReadPairs:
    """Numerators, then denominators."""

    columns: tuple[str, ...]
    listwise: bool

    centre = 0.0

    @property
    def width(self) -> int:
        return len(self.columns) // 2

    def read(self, chunk: Chunk, domain: NDArray[np.integer]) -> Part:
        return Pairs(chunk.columns(self.columns, listwise=self.listwise)).read(_ALL)


@dataclass(frozen=True, eq=False)
class ReadSquares:
    """Squared distances from the mean (D, q) of the domain, stretched (D, q); see `Squares`."""

    columns: tuple[str, ...]
    listwise: bool
    mean: NDArray[np.float64]
    stretch: NDArray[np.float64]
    with_means: bool = False

    centre = 0.0

    @property
    def width(self) -> int:
        return len(self.columns) * (2 if self.with_means else 1)

    def read(self, chunk: Chunk, domain: NDArray[np.integer]) -> Part:
        columns = chunk.columns(self.columns, listwise=self.listwise)
        return Squares(columns, domain, self.mean, self.stretch, self.with_means).read(_ALL)


@dataclass(frozen=True, eq=False)
class ReadShares:
    """0 or 1 for each of ``width`` categories; ``level_of`` (k,) is that of a domain key."""

    level_of: NDArray[np.int64]
    width: int

    columns = ()
    listwise = False
    centre = 0.0

    def read(self, chunk: Chunk, domain: NDArray[np.integer]) -> Part:
        return Shares(self.level_of[chunk.codes[1]], np.arange(self.width)).read(_ALL)


@dataclass(frozen=True, eq=False)
class ReadBelow:
    """Whether the value of a domain key (k,) is at most each limit (D, q) of its domain."""

    value_of: NDArray[np.float64]
    limits: NDArray[np.float64]

    columns = ()
    listwise = False
    centre = 0.0

    @property
    def width(self) -> int:
        return self.limits.shape[1]

    def read(self, chunk: Chunk, domain: NDArray[np.integer]) -> Part:
        return Below(self.value_of[chunk.codes[1]], domain, self.limits).read(_ALL)
