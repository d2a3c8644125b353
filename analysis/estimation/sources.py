"""What is summed: each kind of statistic turns rows into values when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.estimation.columns import Columns
from analysis.estimation.layout import Rows


class Part(NamedTuple):
    """Values of some rows: ``top`` (b, q), ``bottom`` (b, q; None: 1), ``present`` (b, q)."""

    top: NDArray[np.float64]
    bottom: NDArray[np.float64] | None = None
    present: NDArray[np.bool_] | None = None


class Source(Protocol):
    """Rows to values; ``centre`` (q,) or 0 was taken from every value of ``top``."""

    width: int
    centre: NDArray[np.float64] | float

    def read(self, rows: Rows) -> Part:
        """Values of some rows."""
        ...


class Items:
    """The columns themselves, for means (about a ``centre``) and totals."""

    def __init__(self, columns: Columns, centre: NDArray[np.float64] | None = None) -> None:
        self._columns, self._taken = columns, centre
        self.centre = 0.0 if centre is None else centre
        self.width = len(columns.names)

    @property
    def alike(self) -> bool:
        """Whether all columns are of one kind of number, without gaps."""
        kinds = {array.dtype for array in self._columns.arrays}
        return not self._columns.gaps and len(kinds) == 1 and kinds.pop().kind in "iuf"

    def block(self, rows: Rows) -> NDArray:
        """The columns as they are, (q, b)."""
        return np.array([array[rows] for array in self._columns.arrays])

    def read(self, rows: Rows) -> Part:
        top, present = self._columns.read(rows, self._taken)
        return Part(top, None if present is None else present.astype(float), present)


class Pairs:
    """Numerators over denominators: the second half of the columns; both must be there."""

    centre = 0.0

    def __init__(self, columns: Columns) -> None:
        self._columns, self.width = columns, len(columns.names) // 2

    def read(self, rows: Rows) -> Part:
        q = self.width
        values, present = self._columns.read(rows)
        top, bottom = values[:, :q], values[:, q:]
        if present is not None:
            present = present[:, :q] & present[:, q:]
            top, bottom = np.where(present, top, 0.0), np.where(present, bottom, 0.0)
        return Part(np.ascontiguousarray(top), np.ascontiguousarray(bottom), present)


@dataclass
class Squares:
    """Squared distances from the mean of the domain, stretched by n / (n − 1).

    ``with_means`` adds the distances themselves, for replicates: each has a mean of its own.
    """

    columns: Columns
    code: NDArray[np.int64]
    mean: NDArray[np.float64]
    stretch: NDArray[np.float64]
    with_means: bool = False

    centre = 0.0

    def __post_init__(self) -> None:
        self.width = len(self.columns.names) * (2 if self.with_means else 1)

    def read(self, rows: Rows) -> Part:
        values, present = self.columns.read(rows)
        domain = np.maximum(self.code[rows], 0)
        values -= self.mean[domain]
        squares = values * values
        squares *= self.stretch[domain]
        if self.with_means:
            squares = np.hstack([squares, values])
            present = None if present is None else np.hstack([present, present])
        if present is None:
            return Part(squares)
        squares[~present] = 0.0
        return Part(squares, present.astype(float), present)


class Shares:
    """One column of 0 and 1 for each of ``kept`` (q,) among the codes of the rows (n,)."""

    centre = 0.0

    def __init__(self, code: NDArray[np.int64], kept: NDArray[np.int64]) -> None:
        self._code, self._kept, self.width = code, kept, kept.size

    def read(self, rows: Rows) -> Part:
        return Part((self._code[rows][:, None] == self._kept).astype(float))


class Below:
    """Whether the value of a row is at most each of the limits (D, q) of its domain."""

    centre = 0.0

    def __init__(self, values: NDArray, code: NDArray, limits: NDArray[np.float64]) -> None:
        self._values, self._code, self._limits = values, code, limits
        self.width = limits.shape[1]

    def read(self, rows: Rows) -> Part:
        limits = self._limits[np.maximum(self._code[rows], 0)]
        return Part((self._values[rows][:, None] <= limits).astype(float))


class Given:
    """Values at hand: ``top`` (n, q) and perhaps ``bottom`` (n, q)."""

    centre = 0.0

    def __init__(self, top: NDArray[np.float64], bottom: NDArray[np.float64] | None = None):
        self._top, self._bottom, self.width = top, bottom, top.shape[1]

    def read(self, rows: Rows) -> Part:
        return Part(self._top[rows], None if self._bottom is None else self._bottom[rows])
