"""Rows by the block, as frames: the library that knows the statistical formats takes a frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

import numpy as np
import pandas as pd

from survey.render.microdata.columns import Cell, Column, Type

#: Rows that are in memory at once, and bytes of them as their file has them.
BLOCK = 1_000
_BYTES = 500_000


class LibraryChanged(RuntimeError):
    """The library laid a file out in another way than the blocks are joined by."""


def blocks(
    rows: Iterable[Sequence[Cell]], columns: Sequence[Column]
) -> Iterator[tuple[list[Sequence[Cell]], bool]]:
    """Blocks of rows, each with whether it is the last; one empty block if there is no row.

    The wider the rows, the fewer are in a block: a text takes its column's width in every row.
    """
    width = sum(column.width if column.type is Type.TEXT else 8 for column in columns)
    size = min(max(_BYTES // width, 20), BLOCK)
    given = iter(rows)
    block = list(islice(given, size))
    while True:
        following = list(islice(given, size))
        yield block, not following
        if not following:
            return
        block = following


def frame(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, epoch: date, unit: float
) -> pd.DataFrame:
    """The rows as a frame of doubles and texts; a day is its distance from ``epoch`` × ``unit``."""
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    made = {}
    for column, cells in zip(columns, by_column, strict=True):
        if column.type is Type.TEXT:
            made[column.name] = pd.Series(
                ["" if cell is None else cell for cell in cells], dtype=object
            )
        elif column.type is Type.DAY:
            made[column.name] = np.array(
                [np.nan if cell is None else (cell - epoch).days * unit for cell in cells]
            )
        else:
            made[column.name] = np.array(
                [np.nan if cell is None else cell for cell in cells], dtype=float
            )
    return pd.DataFrame(made)


def widest(columns: Sequence[Column]) -> list[Cell]:
    """A row that makes every text as wide as it may become; it is in no file."""
    return ["x" * column.width if column.type is Type.TEXT else None for column in columns]
