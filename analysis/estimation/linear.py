"""Totals and ratios by domain, with their linearised or replicated variance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.basis import Basis, Domains
from analysis.estimation.replicate import replicate_thetas
from analysis.estimation.sums import Cells, add_up, make_cells
from analysis.estimation.taylor import Spread, depth
from analysis.weighting.residuals import cluster_sums, moments, slopes


@dataclass(frozen=True, eq=False)
class Linear:
    """Estimates (D, J), rows used ``n``, degrees of freedom ``df``, and where variance is from."""

    estimate: NDArray[np.float64]
    size: NDArray[np.float64]
    n: NDArray[np.int64]
    df: NDArray[np.float64]
    source: Spread | _Replicated

    def variances(self) -> NDArray[np.float64]:
        return self.source.variances()

    def covariance(self) -> NDArray[np.float64]:
        return self.source.covariance()


@dataclass(frozen=True, eq=False)
class _Replicated:
    thetas: NDArray[np.float64]  # (R, D, J)
    centre: NDArray[np.float64]  # (D, J)
    basis: Basis

    def variances(self) -> NDArray[np.float64]:
        return self.basis.replicates.variances(self.thetas, self.centre)

    def covariance(self) -> NDArray[np.float64]:
        flat = self.thetas.reshape(len(self.thetas), -1)
        return self.basis.replicates.covariance(flat, self.centre.ravel())


def linear(
    basis: Basis,
    domains: Domains,
    top: NDArray[np.float64],
    bottom: NDArray[np.float64] | None = None,
    present: NDArray[np.bool_] | None = None,
    *,
    total: bool = False,
    names: list[str] | None = None,
) -> Linear:
    """Totals of ``top`` (n, J), or their ratios to totals of ``bottom`` (n, J; None: counts).

    ``present`` (n, J) says which rows each statistic uses.

    Raises
    ------
    EstimationError
        ``estimate.zero_denominator`` where a domain has nothing to divide by.
    """
    d = len(domains)
    finest = depth(basis.stages)[-1]
    cells = make_cells(finest.cluster_of, domains.code, d)
    w = basis.weights
    upper = cells.sums(w, top)
    lower = None
    if not total:
        lower = cells.counts(w) if bottom is None else cells.sums(w, bottom)
    upper_d, lower_d = cells.by_domain(upper), None if lower is None else cells.by_domain(lower)
    if lower_d is not None:
        _refuse_zero(lower_d, domains, names)
    theta = upper_d if lower_d is None else upper_d / lower_d
    n, df = _counts(basis, cells, present, theta.shape)
    if basis.replicates is not None:
        thetas = replicate_thetas(basis.replicates, domains, top, bottom, total=total)
        df = np.full(theta.shape, basis.replicates.df)
        return Linear(theta, lower_d, n, df, _Replicated(thetas, theta, basis))
    values = upper if total else (upper - theta[cells.domain] * lower) / lower_d[cells.domain]
    spread = Spread(
        cells.unit, cells.domain, values, d, basis.stages, basis.lonely, basis.lonely_domains
    )
    if basis.steps:
        spread = replace(
            spread, explained=_explained(basis, domains, top, bottom, theta, lower_d)
        )
    return Linear(theta, lower_d, n, df, spread)


def _refuse_zero(size: NDArray, domains: Domains, names: list[str] | None) -> None:
    empty = np.argwhere(size == 0)
    if empty.size:
        d, j = map(int, empty[0])
        item = names[j] if names and size.shape[1] == len(names) else None
        raise EstimationError(
            "estimate.zero_denominator",
            f"{item or 'The estimate'} has nothing to divide by in domain {domains.keys[d]!r}.",
            hint="Leave the domain out with where(), or join it to another.",
            item=item,
            domain=domains.keys[d],
        )


def _counts(
    basis: Basis, cells: Cells, present: NDArray[np.bool_] | None, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows used and degrees of freedom (D, J): PSUs with a used row less their strata."""
    if present is None:
        counts = cells.counts(None)
    else:
        counts = cells.sums(np.ones(len(present)), present.astype(float))
    first, finest = basis.stages[0], depth(basis.stages)[-1]
    at = np.zeros(finest.stratum_of.size, dtype=np.int64)
    at[finest.cluster_of] = first.cluster_of
    psu = at[cells.unit]
    df = _occupied(psu, cells.domain, counts, cells.n_domains)
    df -= _occupied(first.stratum_of[psu], cells.domain, counts, cells.n_domains)
    n = cells.by_domain(counts)
    return np.broadcast_to(n, shape).astype(np.int64), np.broadcast_to(df, shape)


def _occupied(group: NDArray, domain: NDArray, counts: NDArray, n_domains: int) -> NDArray:
    """Number (D, q) of groups with a row in each domain."""
    pairs = make_cells(group, domain, n_domains)
    held = add_up(pairs.cell_of, counts, pairs.unit.size) > 0
    return add_up(pairs.domain, held.astype(float), n_domains)


def _explained(basis, domains, top, bottom, theta, size):
    d = len(domains)
    finest = depth(basis.stages)[-1]
    start = []
    for step in basis.steps:
        score = moments(step, basis.weights, top, domains.code, d)
        if size is not None:
            below = np.ones((len(top), 1)) if bottom is None else bottom
            score = score - theta * moments(step, basis.weights, below, domains.code, d)
            score = score / size
        start.append(score.reshape(score.shape[0], -1))
    found = slopes(basis.steps, basis.sequence, start)
    return [
        (cluster_sums(step, finest.cluster_of, finest.stratum_of.size), slope)
        for step, slope in zip(basis.steps, found, strict=True)
    ]
