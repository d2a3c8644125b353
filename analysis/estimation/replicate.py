"""Variance from replicate weights, kept as multipliers of units, never as rows × replicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.estimation.basis import Basis, Domains
from analysis.estimation.sources import Source
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


@dataclass(frozen=True, eq=False)
class ReplicatedVariance:
    """Variance of estimates (D, q) from those of each replicate (R, D, q)."""

    replicates: Replicates
    thetas: NDArray[np.float64]
    theta: NDArray[np.float64]

    def variances(self) -> NDArray[np.float64]:
        return self.replicates.variances(self.thetas, self.theta)

    def covariance(self) -> NDArray[np.float64]:
        flat = self.thetas.reshape(len(self.thetas), -1)
        return self.replicates.covariance(flat, self.theta.ravel())

    def about_means(self, stretch: NDArray[np.float64]) -> ReplicatedVariance:
        """Squares about the mean of each replicate, from `Squares` ``with_means``.

        The squares came first, as distances from one value stretched by ``stretch`` (D, q), then
        the means of these distances: Σ w (y − ȳ_r)² = Σ w (y − a)² − W (ȳ_r − a)².
        """
        q = stretch.shape[1]
        own = self.thetas[..., :q] - stretch * self.thetas[..., q:] ** 2
        theta = self.theta[..., :q] - stretch * self.theta[..., q:] ** 2
        return ReplicatedVariance(self.replicates, own, theta)


def replicate_thetas(
    basis: Basis, domains: Domains, source: Source, *, total: bool
) -> NDArray[np.float64]:
    """Totals or ratios (R, D, q) of every replicate, from one pass of unit sums."""
    replicates, d = basis.replicates, len(domains)
    parts = []
    for run in basis.layout.runs():
        cells = make_cells(replicates.unit_of[run.rows], domains.code[run.rows], d)
        parts.append((cells.unit, cells.domain, *cells.sums(run, replicates.base, source)))
    unit, domain, top, below = (np.concatenate(column) for column in zip(*parts, strict=True))
    sums = top if total else np.hstack([top, below])
    found = _by_replicate(replicates, unit, domain, sums, d)
    if total:
        return found
    with np.errstate(divide="ignore", invalid="ignore"):
        return found[..., : top.shape[1]] / found[..., top.shape[1] :]


def _by_replicate(
    replicates: Replicates, unit: NDArray, domain: NDArray, sums: NDArray, n_domains: int
) -> NDArray[np.float64]:
    """Sums (R, D, q) of every replicate from sums (c, q) by unit and domain."""
    order = np.argsort(domain, kind="stable")
    edges = np.searchsorted(domain[order], np.arange(n_domains + 1))
    by_unit = replicates.factors.T
    out = np.empty((n_domains, by_unit.shape[1], sums.shape[1]))
    with one_thread():
        for d in range(n_domains):
            mine = order[edges[d] : edges[d + 1]]
            np.matmul(by_unit[unit[mine]].T, sums[mine], out=out[d])
    return out.swapaxes(0, 1)


def rank_df(replicates_by_unit: NDArray[np.float64]) -> int:
    """Rank of the replicate weights (R, U), less 1.  Source: R's ``degf`` for replicates."""
    from scipy.linalg import qr

    r = qr(replicates_by_unit.T, mode="r", pivoting=True)[0]
    size = np.abs(np.diag(r))
    return int((size > 1e-5 * size.max()).sum()) - 1
