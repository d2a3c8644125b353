"""What an engine does: name the columns, code their combinations, and add up over blocks of rows.

No statistics are in an engine.  It brings blocks of rows to a `Kernel`, which adds what it makes
of them to arrays; these come back as if one process had read all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import DesignError
from analysis.estimation.columns import Columns

#: Most combinations of key columns that are held as a table.
MOST_KEYS = 5_000_000

#: Arrays by name; those of two blocks are added.
Sums = dict[str, NDArray]


@dataclass(frozen=True, eq=False)
class Keys:
    """The combinations of some columns that occur.

    ``table`` (k, columns) in sorted order, ``rows`` (k,) how many rows hold each.  ``handle`` is
    the engine's own.
    """

    names: tuple[str, ...]
    table: pd.DataFrame
    rows: NDArray[np.int64]
    handle: object = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Chunk:
    """A block of rows: their places (b,) in each of the keys, and columns of numbers (b,).

    Missing numbers are NaN; columns without any may be whole numbers.
    """

    codes: tuple[NDArray[np.integer], ...]
    numbers: Mapping[str, NDArray]

    def __len__(self) -> int:
        return len(self.codes[0])

    def part(self, rows: slice | NDArray[np.int64]) -> Chunk:
        """Some of the rows."""
        return Chunk(
            tuple(code[rows] for code in self.codes),
            {name: column[rows] for name, column in self.numbers.items()},
        )

    def columns(self, names: Sequence[str], *, listwise: bool = False) -> Columns:
        """Columns as the estimators read them."""
        arrays = [self.numbers[name] for name in names]
        gaps = any(a.dtype.kind == "f" and not np.isfinite(a.sum()) for a in arrays)
        return Columns(list(names), arrays, gaps=gaps, listwise=listwise)


class Kernel(Protocol):
    """Adds what it makes of a block to its sums; it must be fit to be sent to another process."""

    def start(self) -> Sums:
        """Sums of no rows."""
        ...

    def add(self, sums: Sums, chunk: Chunk) -> None:
        """Add a block, in place."""
        ...


class Engine(Protocol):
    """Where the rows are, and who reads them."""

    #: Bytes that the sums of one pass may take.
    budget: int

    def kinds(self) -> dict[str, str]:
        """numpy's letter of each column: ``b``, ``i``, ``f``; ``O`` for what holds no numbers."""
        ...

    def peek(self, names: Sequence[str], rows: int) -> pd.DataFrame:
        """A few rows, whichever come first."""
        ...

    def keys(self, names: Sequence[str]) -> Keys:
        """The combinations of the columns; a missing value is a value.

        Raises DesignError ``engine.too_many_keys`` above `MOST_KEYS`.
        """
        ...

    def fold(
        self,
        keys: Sequence[Keys],
        numbers: Sequence[str],
        kernel: Kernel,
        span: tuple[int, int] | None = None,
    ) -> Sums:
        """The kernel's sums over all rows.

        ``span`` (first, last) promises that rows whose first key lies outside add nothing.
        """
        ...

    def close(self) -> None:
        """Let go of what the engine holds open."""
        ...


def refuse_many(names: Sequence[str], count: int) -> None:
    """Raise DesignError ``engine.too_many_keys`` if there are more than a table may hold."""
    if count > MOST_KEYS:
        raise DesignError(
            "engine.too_many_keys",
            f"{', '.join(names)} make {count} combinations; at most {MOST_KEYS} can be held.",
            hint="Round a continuous column to classes; leave a last stage of single rows out.",
            columns=tuple(names),
            combinations=count,
            limit=MOST_KEYS,
        )


def as_numbers(column: pd.Series) -> NDArray:
    """A column as an array; missing values become NaN."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return column.to_numpy()
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def add_sums(into: Sums, more: Mapping[str, NDArray]) -> None:
    for name, part in more.items():
        into[name] += part
