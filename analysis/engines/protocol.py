"""What every engine answers: sums by cell, from which all linear statistics follow.

A further engine (a cluster, say) has two methods and no statistics in it.  A cell is a combination
of values of the ``keys`` (strata, clusters, population counts, domains) that holds a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

#: Names of the columns of cells; an item's place follows the last four.
ROWS, WEIGHT = "rows_all", "weight_all"
ITEM_ROWS, ITEM_WEIGHT, FIRST, SECOND = "rows_", "weight_", "first_", "second_"


@dataclass(frozen=True, slots=True)
class Item:
    """A column to be summed, over the rows where all of ``needs`` have a value."""

    name: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """Key columns, the column of weights, and the items."""

    keys: tuple[str, ...]
    weights: str
    items: tuple[Item, ...] = ()


class Engine(Protocol):
    """Where the rows are, and how they are summed."""

    def columns(self) -> set[str]:
        """Names of the columns."""
        ...

    def profile(self, request: Request) -> dict[str, float]:
        """One look at the rows.

        ``rows``; ``bad_weights``, those that are missing, infinite or not positive; ``key_i``, rows
        without a value of key i; ``centre_j``, the plain mean of item j (NaN without values).
        """
        ...

    def cells(self, request: Request, centres: list[float]) -> pd.DataFrame:
        """One row a cell, in any order.

        The keys (as ``key_i``), `ROWS` and `WEIGHT`; for item j, over the rows where it counts,
        ``rows_j``, ``weight_j``, ``first_j`` = Σ w (y − centre) and ``second_j`` =
        Σ w (y − centre)².  Squares about a centre keep the digits of the spread.
        """
        ...
