"""The one pass: sums of weighted columns by cluster and domain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import EstimationError
from analysis.estimation import compiled
from analysis.estimation.basis import Basis, Domains
from analysis.estimation.codes import compact, paired
from analysis.estimation.layout import Run
from analysis.estimation.sources import Source


@dataclass(frozen=True, eq=False)
class DomainSums:
    """Sums by domain: ``top`` (D, q), ``bottom`` and rows ``n`` (D, 1 or q), ``squares`` of top.

    ``top`` is about the source's centre.
    """

    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    n: NDArray[np.int64]
    squares: NDArray[np.float64] | None


def domain_sums(
    basis: Basis, domains: Domains, source: Source, *, squares: bool = False
) -> DomainSums:
    """Sum a source by domain, with the squares of its values if they are wanted."""
    if compiled.fits(source):
        top, squared, size, rows = compiled.domain_sums(basis, domains, source)
        return DomainSums(top, size, rows.astype(np.int64), squared)
    d, q = len(domains), source.width
    top, squared = np.zeros((d, q)), np.zeros((d, q))
    below: NDArray[np.float64] | float = 0.0
    held: NDArray[np.float64] | None = None
    for rows in basis.layout.blocks():
        part = source.read(rows)
        code, w = _inside(domains.code[rows], basis.weights[rows])
        gather = gathering(code, w, d)
        top += gather @ part.top[: code.size]
        if part.bottom is not None:
            below = below + gather @ part.bottom[: code.size]
        if part.present is not None:
            ones = (domains.code[rows] >= 0).astype(float)[: code.size]
            found = gathering(code, ones, d) @ part.present[: code.size].astype(float)
            held = found if held is None else held + found
        if squares:
            squared += gather @ (part.top * part.top)[: code.size]
    inside = domains.code >= 0
    whose = domains.code[inside]
    if isinstance(below, float):
        below = np.bincount(whose, basis.weights[inside], minlength=d)[:, None]
    n = np.bincount(whose, minlength=d)[:, None] if held is None else held
    return DomainSums(top, below, n.astype(np.int64), squared if squares else None)


@dataclass(frozen=True, eq=False)
class Cells:
    """The pairs of a cluster and a domain that hold a row of a run.

    ``cell_of`` (b,) is −1 outside every domain; ``unit`` and ``domain`` (c,) describe the cells,
    in the order of their units.
    """

    cell_of: NDArray[np.int64]
    unit: NDArray[np.int64]
    domain: NDArray[np.int64]

    def sums(
        self, run: Run, weights: NDArray[np.float64], source: Source
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weighted sums (c, q) of the source's top, and of its bottom (c, 1 or q)."""
        top = np.zeros((self.unit.size, source.width))
        below: NDArray[np.float64] | None = None
        for rows, here in run.blocks():
            cell, w = _inside(self.cell_of[here], weights[rows])
            if not cell.size:
                continue
            # Rows lie in the order of their clusters, so a block touches neighbouring cells only.
            low, high = int(cell.min()), int(cell.max()) + 1
            part = source.read(rows)
            gather = gathering(cell - low, w, high - low)
            top[low:high] += gather @ part.top[: cell.size]
            if part.bottom is not None:
                if below is None:
                    below = np.zeros((self.unit.size, part.bottom.shape[1]))
                below[low:high] += gather @ part.bottom[: cell.size]
        if below is None:
            inside = self.cell_of >= 0
            here = weights[run.rows][inside]
            below = np.bincount(self.cell_of[inside], here, minlength=self.unit.size)[:, None]
        return top, below


def make_cells(unit_of: NDArray[np.int64], domain_of: NDArray[np.int64], n_domains: int) -> Cells:
    """Code the pairs of ``unit_of`` (b,) and ``domain_of`` (b,; −1 for none)."""
    code = paired(unit_of, domain_of, n_domains)
    if domain_of.min(initial=0) < 0:
        code[domain_of < 0] = -1
    present, cell_of = compact(code)
    return Cells(cell_of, present // n_domains, present % n_domains)


def refuse_zero(sums: DomainSums, domains: Domains, names: list[str] | None) -> None:
    """Raise EstimationError ``estimate.zero_denominator`` that names the domain."""
    empty = np.argwhere(sums.bottom == 0)
    if empty.size:
        d, j = map(int, empty[0])
        item = names[j] if names and sums.bottom.shape[1] == len(names) else None
        raise EstimationError(
            "estimate.zero_denominator",
            f"{item or 'The estimate'} has nothing to divide by in domain {domains.keys[d]!r}.",
            hint="Leave the domain out with where(), or join it to another.",
            item=item,
            domain=domains.keys[d],
        )


def _inside(
    code: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows outside (−1) take part with weight 0: quicker than leaving them out."""
    if not code.size or code.min() >= 0:
        return code, weights
    outside = code < 0
    if outside.all():
        return code[:0], weights[:0]
    return np.where(outside, code[~outside][0], code), np.where(outside, 0.0, weights)


def gathering(
    groups: NDArray[np.int64], weights: NDArray[np.float64], n_groups: int
) -> sparse.csc_matrix:
    """The matrix (n_groups, c) that sums weights (c,) × rows by group."""
    c = groups.size
    # Both index arrays of one short kind: no copies on the way.
    places = (groups.astype(np.int32, copy=False), np.arange(c + 1, dtype=np.int32))
    return sparse.csc_matrix((weights, *places), shape=(n_groups, c))


def add_up(
    groups: NDArray[np.int64], rows: NDArray, n_groups: int, weights: NDArray | None = None
) -> NDArray[np.float64]:
    """Sums (n_groups, q) of weights (c,; None: 1) × rows (c, q) by group."""
    w = np.ones(groups.size) if weights is None else weights
    return gathering(groups, w, n_groups) @ rows
