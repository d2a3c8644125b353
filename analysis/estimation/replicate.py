"""Variance from replicate weights, kept as multipliers of units, never as rows × replicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.estimation.basis import Domains
from analysis.estimation.sums import make_cells
from analysis.estimation.threads import one_thread


@dataclass(frozen=True, eq=False)
class Replicates:
    """Replicate r weighs row k with ``base[k] · factors[r, unit_of[k]]``.

    ``base`` (n,), ``unit_of`` (n,), ``factors`` (R, U); ``scale`` and ``rscales`` (R,) multiply
    squared deviations, from the full sample under ``mse``, else from the mean of the replicates.
    """

    method: str
    base: NDArray[np.float64]
    unit_of: NDArray[np.int64]
    factors: NDArray[np.float64]
    scale: float
    rscales: NDArray[np.float64]
    mse: bool
    df: float

    def covariance(
        self, thetas: NDArray[np.float64], estimate: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Covariance (q, q) of estimates (q,) from their replicates (R, q)."""
        deviation = self._deviations(thetas, estimate)
        with one_thread():
            return deviation.T @ deviation * self.scale

    def variances(
        self, thetas: NDArray[np.float64], estimate: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Variances of estimates (…) from their replicates (R, …)."""
        return (self._deviations(thetas, estimate) ** 2).sum(axis=0) * self.scale

    def _deviations(self, thetas: NDArray, estimate: NDArray) -> NDArray:
        # A replicate that leaves a domain empty has no estimate there, and does not count.
        lost = np.isnan(thetas)
        centre = estimate
        if not self.mse:
            live = (self.rscales > 0).reshape(-1, *[1] * (thetas.ndim - 1)) & ~lost
            centre = np.where(live, thetas, 0.0).sum(axis=0) / live.sum(axis=0)
        root = np.sqrt(self.rscales).reshape(-1, *[1] * (thetas.ndim - 1))
        return np.where(lost, 0.0, (thetas - centre) * root)

    def weights(self, first: int, last: int) -> NDArray[np.float64]:
        """Weights (n, last − first) of some replicates."""
        return self.base[:, None] * self.factors[first:last].T[self.unit_of]


def replicate_thetas(
    replicates: Replicates,
    domains: Domains,
    top: NDArray[np.float64],
    bottom: NDArray[np.float64] | None,
    *,
    total: bool,
) -> NDArray[np.float64]:
    """Totals or ratios (R, D, J) of every replicate, from one pass of unit sums."""
    d = len(domains)
    cells = make_cells(replicates.unit_of, domains.code, d)
    upper = _by_replicate(replicates, cells, cells.sums(replicates.base, top))
    if total:
        return upper
    below = cells.counts(replicates.base) if bottom is None else cells.sums(replicates.base, bottom)
    with np.errstate(divide="ignore", invalid="ignore"):
        return upper / _by_replicate(replicates, cells, below)


def _by_replicate(replicates: Replicates, cells, sums: NDArray) -> NDArray[np.float64]:
    order = np.argsort(cells.domain, kind="stable")
    edges = np.searchsorted(cells.domain[order], np.arange(cells.n_domains + 1))
    out = np.empty((len(replicates.factors), cells.n_domains, sums.shape[1]))
    with one_thread():
        for d in range(cells.n_domains):
            mine = order[edges[d] : edges[d + 1]]
            out[:, d] = replicates.factors[:, cells.unit[mine]] @ sums[mine]
    return out


def rank_df(replicates_by_unit: NDArray[np.float64]) -> int:
    """Rank of the replicate weights (R, U), less 1.  Source: R's ``degf`` for replicates."""
    from scipy.linalg import qr

    r = qr(replicates_by_unit.T, mode="r", pivoting=True)[0]
    size = np.abs(np.diag(r))
    return int((size > 1e-5 * size.max()).sum()) - 1
