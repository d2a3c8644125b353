"""Totals and ratios by domain, with their linearised or replicated variance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.basis import Basis, Domains, compact
from analysis.estimation.replicate import replicate_thetas
from analysis.estimation.stages import Stage
from analysis.estimation.sums import Cells, make_cells
from analysis.estimation.taylor import Spread, depth
from analysis.weighting.residuals import cluster_sums, moments, slopes

#: Rows that are worked on together.
_BLOCK = 8192


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
    n, df = _counts(basis, domains, cells, present, theta.shape[1])
    if basis.replicates is not None:
        thetas = replicate_thetas(basis.replicates, domains, top, bottom, total=total)
        df = np.full(theta.shape, basis.replicates.df)
        return Linear(theta, lower_d, n, df, _Replicated(thetas, theta, basis))
    values = upper
    if not total:
        _centre(values, cells.domain, theta, lower, lower_d)
    spread = Spread(
        cells.unit, cells.domain, values, d, basis.stages, basis.lonely, basis.lonely_domains
    )
    if basis.steps:
        spread = replace(spread, explained=_explained(basis, domains, top, bottom, theta, lower_d))
    return Linear(theta, lower_d, n, df, spread)


def _centre(
    values: NDArray, domain: NDArray, theta: NDArray, lower: NDArray, size: NDArray
) -> None:
    """Turn sums (c, J) into sums of (y − θ x) / X, in place and by blocks that stay in cache."""
    for first in range(0, len(values), _BLOCK):
        here = slice(first, first + _BLOCK)
        whose = domain[here]
        values[here] -= theta[whose] * lower[here]
        values[here] /= size[whose]


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
    basis: Basis, domains: Domains, cells: Cells, present: NDArray[np.bool_] | None, q: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows used (D, q), and PSUs with a row of the domain less their strata (D, q)."""
    if present is None:
        n = cells.by_domain(cells.counts(None))
    else:
        n = cells.by_domain(cells.sums(np.ones(len(present)), present.astype(float)))
    first = basis.stages[0]
    if domains.reach is None and depth(basis.stages)[-1] is first:
        psu, domain = cells.unit, cells.domain
    else:
        code = domains.code if domains.reach is None else domains.reach
        held = make_cells(first.cluster_of, code, len(domains))
        psu, domain = held.unit, held.domain
    strata = compact(first.stratum_of[psu] * len(domains) + domain, _width(first, domains))[0]
    df = np.bincount(domain, minlength=len(domains)).astype(float)
    df -= np.bincount(strata % len(domains), minlength=len(domains))
    shape = (len(domains), q)
    return (
        np.broadcast_to(n, shape).astype(np.int64),
        np.broadcast_to(df[:, None], shape),
    )


def _width(stage: Stage, domains: Domains) -> int:
    return stage.n_drawn.size * len(domains)


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
