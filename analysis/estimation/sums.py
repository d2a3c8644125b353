"""The one pass: sums of weighted columns by cluster and domain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.estimation.basis import compact

#: Rows that are worked on together: their columns stay in cache.
_BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Cells:
    """The pairs of a unit (cluster, or row) and a domain that hold a row.

    ``cell_of`` (n,) is −1 outside every domain; ``unit`` and ``domain`` (c,) describe the cells.
    """

    cell_of: NDArray[np.int64]
    unit: NDArray[np.int64]
    domain: NDArray[np.int64]
    n_domains: int

    def sums(
        self, weights: NDArray[np.float64], columns: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Sums (c, q) of weights (n,) × columns (n, q)."""
        n = self.cell_of.size
        outside = self.cell_of < 0
        some = outside.any()
        data = np.where(outside, 0.0, weights) if some else weights
        place = np.where(outside, 0, self.cell_of) if some else self.cell_of
        gather = sparse.csc_matrix(
            (data, place.astype(np.int32), np.arange(n + 1, dtype=np.int32)),
            shape=(self.unit.size, n),
        )
        return gather @ columns

    def counts(self, rows: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Sums (c, 1) of the weights ``rows`` (n,), or the number of rows."""
        inside = self.cell_of >= 0
        weights = None if rows is None else rows[inside]
        place = self.cell_of[inside]
        return np.bincount(place, weights, minlength=self.unit.size).astype(float)[:, None]

    def by_domain(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums (D, q) over the cells (c, q) of each domain."""
        return add_up(self.domain, sums, self.n_domains)


def add_up(groups: NDArray[np.int64], rows: NDArray, n_groups: int) -> NDArray[np.float64]:
    """Sums (n_groups, q) of the rows (c, q) of each group."""
    return add_up_weighted(groups, np.ones(groups.size), rows, n_groups)


def make_cells(unit_of: NDArray[np.int64], domain_of: NDArray[np.int64], n_domains: int) -> Cells:
    """Code the pairs of ``unit_of`` (n,) and ``domain_of`` (n,; −1 for none)."""
    code = np.where(domain_of < 0, -1, unit_of * n_domains + domain_of)
    width = (int(unit_of.max(initial=0)) + 1) * n_domains
    present, cell_of = compact(code, width)
    return Cells(cell_of, present // n_domains, present % n_domains, n_domains)


def squares_by_domain(
    code: NDArray[np.int64],
    n_domains: int,
    weights: NDArray[np.float64],
    columns: NDArray[np.float64],
    middle: NDArray[np.float64],
    present: NDArray[np.bool_] | None,
) -> NDArray[np.float64]:
    """Sums (D, q) of weights × (columns − middle)² over the rows present in each domain."""
    out = np.zeros((n_domains, columns.shape[1]))
    for first in range(0, len(code), _BLOCK):
        here = slice(first, first + _BLOCK)
        part = columns[here] - middle
        part *= part
        if present is not None:
            part *= present[here]
        inside = code[here] >= 0
        data = np.where(inside, weights[here], 0.0)
        out += add_up_weighted(np.where(inside, code[here], 0), data, part, n_domains)
    return out


def add_up_weighted(
    groups: NDArray[np.int64], weights: NDArray, rows: NDArray, n_groups: int
) -> NDArray[np.float64]:
    """Sums (n_groups, q) of weights (c,) × rows (c, q) by group."""
    c = groups.size
    return sparse.csc_matrix((weights, groups, np.arange(c + 1)), shape=(n_groups, c)) @ rows
