"""What calibration leaves of a score: the part that the known totals do not explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.estimation.codes import crossed


@dataclass(frozen=True, eq=False)
class Known:
    """Columns X (n, p) of known totals: row k has the values of ``table`` (P, p) at its pattern."""

    pattern: NDArray[np.integer]
    table: sparse.csr_matrix

    def sums(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights (n,) added up by pattern, (P,)."""
        return np.bincount(self.pattern, weights, minlength=self.table.shape[0])

    def cross(self, weights: NDArray[np.float64], other: Known) -> NDArray[np.float64]:
        """X'(weights ∘ other X), (p, p')."""
        if self.pattern is other.pattern:
            middle = sparse.diags(self.sums(weights))
            return (self.table.T @ middle @ other.table).toarray()
        both, (mine, others) = crossed([self.pattern, other.pattern])
        middle = sparse.diags(np.bincount(both, weights))
        return (self.table[mine].T @ middle @ other.table[others]).toarray()


@dataclass(frozen=True, eq=False)
class Step:
    """One projection of weighted scores z (n, q): z − v ∘ X M⁻ X'(u ∘ z).

    ``known`` is X; ``spread`` is v and ``shrink`` is u, both (n,); M = X'(u v X).
    """

    known: Known
    spread: NDArray[np.float64]
    shrink: NDArray[np.float64]

    @cached_property
    def inverse(self) -> NDArray[np.float64]:
        """M⁻ (p, p)."""
        moments = self.known.cross(self.shrink * self.spread, self.known)
        return np.linalg.pinv(moments, hermitian=True, rcond=1e-12)


def make_step(known: Known, before: NDArray[np.float64], after: NDArray[np.float64]) -> Step:
    """The step of a calibration that took the weights ``before`` (n,) to ``after`` (n,).

    Notes
    -----
    The regression is weighted by the weights before, its residuals by those after.
    Source: Deville and Särndal (1992), JASA 87, eq. 3.4; the form is that of R's ``survey``.
    """
    shrink = np.divide(before, after, out=np.zeros_like(after), where=after > 0)
    return Step(known, after, shrink)


def cluster_sums(step: Step, cluster_of: NDArray[np.int64], n_clusters: int) -> NDArray[np.float64]:
    """Sums (U, p) of v ∘ X by cluster."""
    known = step.known
    shape = (n_clusters, known.table.shape[0])
    gather = sparse.csr_matrix((step.spread, (cluster_of, known.pattern)), shape=shape)
    return (gather @ known.table).toarray()


def moments(
    step: Step,
    rows: slice | NDArray[np.int64],
    weights: NDArray[np.float64],
    columns: NDArray[np.float64],
    domain_of: NDArray[np.integer],
    n_domains: int,
) -> NDArray[np.float64]:
    """X'(u ∘ w ∘ columns) of some ``rows`` by domain, (p, D, q).

    ``weights`` (b,), ``columns`` (b, q) and ``domain_of`` (b,; −1 outside) are those of the rows.
    """
    p = step.known.table.shape[1]
    entries = step.known.table[step.known.pattern[rows]].tocoo()
    keep = domain_of[entries.row] >= 0
    row, column = entries.row[keep], entries.col[keep]
    data = entries.data[keep] * (step.shrink[rows] * weights)[row]
    place = column.astype(np.int64) * n_domains + domain_of[row]
    gather = sparse.csr_matrix((data, (place, row)), shape=(p * n_domains, len(weights)))
    return np.asarray(gather @ columns).reshape(p, n_domains, -1)


def slopes(
    steps: Sequence[Step],
    sequence: Sequence[int],
    start: Sequence[NDArray[np.float64]],
    known_cross: Mapping[tuple[int, int], NDArray[np.float64]] | None = None,
) -> list[NDArray[np.float64]]:
    """Coefficients (p, Q) by step that remove all that the steps explain.

    Parameters
    ----------
    sequence : sequence of int
        The order in which steps are taken; raking takes its margins again and again.
    start : (p, Q) by step
        X'(u ∘ z) of the scores before the first step.
    known_cross : mapping or None
        X_b'(u_b ∘ v_a ∘ X_a) by (b, a), where the steps do not hold the rows themselves.
    """
    state = [np.array(part, dtype=float) for part in start]
    total = [np.zeros_like(part) for part in state]
    cross = dict(known_cross or {})
    for a in sequence:
        found = steps[a].inverse @ state[a]
        total[a] += found
        for b, other in enumerate(steps):
            if (b, a) not in cross:
                middle = other.shrink * steps[a].spread
                cross[b, a] = other.known.cross(middle, steps[a].known)
            state[b] -= cross[b, a] @ found
    return total


def indicators(code: NDArray[np.integer], n_cells: int) -> sparse.csr_matrix:
    """Indicator columns (P, n_cells) of a cell code (P,)."""
    rows = code.size
    return sparse.csr_matrix((np.ones(rows), code, np.arange(rows + 1)), shape=(rows, n_cells))
