"""What calibration leaves of a score: the part that the known totals do not explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True, eq=False)
class Step:
    """One projection of weighted scores z (n, q): z − v ∘ X M⁻ X'(u ∘ z).

    ``known`` is X (n, p), sparse; ``spread`` is v and ``shrink`` is u, both (n,); ``inverse`` is
    M⁻ (p, p) with M = X'(u v X).
    """

    known: sparse.csr_matrix
    spread: NDArray[np.float64]
    shrink: NDArray[np.float64]
    inverse: NDArray[np.float64]


def make_step(
    known: sparse.spmatrix, before: NDArray[np.float64], after: NDArray[np.float64]
) -> Step:
    """The step of a calibration that took the weights ``before`` (n,) to ``after`` (n,).

    Notes
    -----
    The regression is weighted by the weights before, its residuals by those after.
    Source: Deville and Särndal (1992), JASA 87, eq. 3.4; the form is that of R's ``survey``.
    """
    known = sparse.csr_matrix(known)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = np.where(after > 0, before / after, 0.0)
    moments = (known.T @ sparse.diags(np.where(after > 0, before, 0.0)) @ known).toarray()
    return Step(known, after, shrink, np.linalg.pinv(moments, hermitian=True, rcond=1e-12))


def cluster_sums(step: Step, cluster_of: NDArray[np.int64], n_clusters: int) -> NDArray[np.float64]:
    """Sums (U, p) of v ∘ X by cluster."""
    n = cluster_of.size
    gather = sparse.csc_matrix(
        (step.spread, cluster_of, np.arange(n + 1)), shape=(n_clusters, n)
    ).tocsr()
    return (gather @ step.known).toarray()


def moments(
    step: Step,
    rows: slice | NDArray[np.int64],
    weights: NDArray[np.float64],
    columns: NDArray[np.float64],
    domain_of: NDArray[np.int64],
    n_domains: int,
) -> NDArray[np.float64]:
    """X'(u ∘ w ∘ columns) of some ``rows`` by domain, (p, D, q).

    ``weights`` (b,), ``columns`` (b, q) and ``domain_of`` (b,; −1 outside) are those of the rows.
    """
    p = step.known.shape[1]
    entries = step.known[rows].tocoo()
    keep = domain_of[entries.row] >= 0
    row, column = entries.row[keep], entries.col[keep]
    data = entries.data[keep] * (step.shrink[rows] * weights)[row]
    place = column.astype(np.int64) * n_domains + domain_of[row]
    gather = sparse.csr_matrix((data, (place, row)), shape=(p * n_domains, len(weights)))
    return np.asarray(gather @ columns).reshape(p, n_domains, -1)


def slopes(
    steps: Sequence[Step], sequence: Sequence[int], start: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Coefficients (p, Q) by step that remove all that the steps explain.

    Parameters
    ----------
    sequence : sequence of int
        The order in which steps are taken; raking takes its margins again and again.
    start : (p, Q) by step
        X'(u ∘ z) of the scores before the first step.
    """
    state = [np.array(part, dtype=float) for part in start]
    total = [np.zeros_like(part) for part in state]
    cross: dict[tuple[int, int], NDArray[np.float64]] = {}
    for a in sequence:
        found = steps[a].inverse @ state[a]
        total[a] += found
        for b, other in enumerate(steps):
            if (b, a) not in cross:
                middle = sparse.diags(other.shrink * steps[a].spread)
                cross[b, a] = (other.known.T @ middle @ steps[a].known).toarray()
            state[b] -= cross[b, a] @ found
    return total


def indicators(code: NDArray[np.int64], n_cells: int) -> sparse.csr_matrix:
    """Indicator columns (n, n_cells) of a cell code (n,)."""
    n = code.size
    return sparse.csr_matrix((np.ones(n), code, np.arange(n + 1)), shape=(n, n_cells))
