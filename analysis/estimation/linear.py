"""Totals and ratios by domain, with their linearised or replicated variance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.estimation import compiled
from analysis.estimation.basis import Basis, Domains
from analysis.estimation.codes import compact
from analysis.estimation.layout import Run
from analysis.estimation.replicate import ReplicatedVariance, replicate_thetas
from analysis.estimation.sources import Source
from analysis.estimation.sums import Cells, DomainSums, domain_sums, make_cells, refuse_zero
from analysis.estimation.taylor import Spread
from analysis.estimation.threads import one_thread
from analysis.weighting.residuals import cluster_sums, moments, slopes

#: Numbers held at a time where calibration spreads each score over all clusters.
_BLOCK = 20_000_000


class Variance(Protocol):
    """Where variances (D, q) and the covariance (D·q, D·q) come from."""

    def variances(self) -> NDArray[np.float64]: ...

    def covariance(self) -> NDArray[np.float64]: ...


@dataclass(frozen=True, eq=False)
class Linear:
    """Estimates (D, q), what they were divided by, rows used ``n`` and degrees of freedom."""

    estimate: NDArray[np.float64]
    size: NDArray[np.float64]
    n: NDArray[np.int64]
    df: NDArray[np.float64]
    source: Variance

    def variances(self) -> NDArray[np.float64]:
        return self.source.variances()

    def covariance(self) -> NDArray[np.float64]:
        return self.source.covariance()


def linear(
    basis: Basis,
    domains: Domains,
    source: Source,
    sums: DomainSums | None = None,
    *,
    total: bool = False,
    names: list[str] | None = None,
) -> Linear:
    """Totals of a source by domain, or their ratios to the totals of its ``bottom``.

    Parameters
    ----------
    sums : DomainSums or None
        Those of the source, if they are at hand.

    Raises
    ------
    EstimationError
        ``estimate.zero_denominator`` where a domain has nothing to divide by.
    """
    sums = domain_sums(basis, domains, source) if sums is None else sums
    if not total:
        refuse_zero(sums, domains, names)
    theta = sums.top if total else sums.top / sums.bottom
    n = np.broadcast_to(sums.n, theta.shape)
    whence: Variance
    if basis.replicates is not None:
        thetas = replicate_thetas(basis, domains, source, total=total)
        df = np.full(theta.shape, basis.replicates.df)
        whence = ReplicatedVariance(basis.replicates, thetas, theta)
    else:
        whence = _Scores(basis, domains, source, theta, None if total else sums.bottom)
        df = np.broadcast_to(whence.df[:, None], theta.shape)
    return Linear(theta + source.centre, sums.bottom, n, df, whence)


def about_means(found: Linear, stretch: NDArray[np.float64]) -> Linear:
    """Variances (D, q) with their replicates about their own means, from `Squares` with means."""
    source = found.source.about_means(stretch)
    n, df = (np.broadcast_to(part, found.estimate.shape)[:, : stretch.shape[1]]
             for part in (found.n, found.df))  # fmt: skip
    return Linear(source.theta, found.size, n, df, source)


@dataclass(frozen=True, eq=False)
class _Scores:
    """Scores y − θ x of a source, made again for each run; their variance is over ``size``².

    ``size`` is the total of x, None for totals.
    """

    basis: Basis
    domains: Domains
    source: Source
    theta: NDArray[np.float64]
    size: NDArray[np.float64] | None

    @cached_property
    def _spread(self) -> Spread:
        return self._rules(len(self.domains))

    def _rules(self, n_domains: int) -> Spread:
        basis = self.basis
        return Spread(basis.stages, n_domains, basis.lonely, basis.lonely_domains)

    @property
    def df(self) -> NDArray[np.float64]:
        """First-stage clusters with a row of the domain less their strata, (D,)."""
        return self._found[1]

    def variances(self) -> NDArray[np.float64]:
        return self._found[0]

    @property
    def _is_plain(self) -> bool:
        """One stage, no calibration, and no rule that looks at other strata."""
        return (
            not self.basis.steps
            and self.domains.reach is None
            and self._spread.in_parts
            and self._spread.finest is self.basis.stages[0]
        )

    @cached_property
    def _found(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Variances and degrees of freedom, in one pass."""
        if self._is_plain and compiled.fits(self.source):
            theta = self.theta if self.size is not None else np.zeros_like(self.theta)
            first = self.basis.stages[0]
            out, df = compiled.variances(self.basis, self.domains, self.source, theta, first)
            return (out if self.size is None else out / self.size**2), df
        out, df = np.zeros(self.theta.shape), np.zeros(len(self.theta))
        for run, cells, values, clusters in self._runs():
            self._count(run, cells, df)
            if not self.basis.steps:
                out += self._spread.variances(cells.unit, cells.domain, values)
                continue
            # What known totals explain reaches every cluster, in as many domains as fit.
            step = max(1, _BLOCK // (clusters.size * values.shape[1]))
            rules = self._rules(1)
            for first in range(0, len(out), step):
                block = range(first, min(first + step, len(out)))
                dense = self._dense(cells, values, clusters, block)
                found = rules.variances(clusters, np.zeros_like(clusters), dense)
                out[block.start : block.stop] += found.reshape(len(block), -1)
        return (out if self.size is None else out / self.size**2), df

    def covariance(self) -> NDArray[np.float64]:
        d = len(self.domains)
        out = np.zeros((self.theta.size,) * 2)
        for _run, cells, values, clusters in self._runs():
            dense = self._dense(cells, values, clusters, range(d))
            unit, domain = cells.unit, cells.domain
            if self.basis.steps:
                unit, domain = np.repeat(clusters, d), np.tile(np.arange(d), clusters.size)
            out += self._spread.covariance(unit, domain, dense, int(clusters[0]))
        if self.size is None:
            return out
        size = np.broadcast_to(self.size, self.theta.shape).ravel()
        out /= size
        out /= size[:, None]
        return out

    def _count(self, run: Run, cells: Cells, df: NDArray[np.float64]) -> None:
        """Add the first-stage clusters with a row of the domain asked for, less their strata."""
        first, d = self.basis.stages[0], len(self.domains)
        held, reach = cells, self.domains.reach
        if reach is not None or self._spread.finest is not first:
            code = self.domains.code if reach is None else reach
            held = make_cells(first.cluster_of[run.rows], code[run.rows], d)
        strata, _ = compact(first.stratum_of[held.unit] * d + held.domain)
        df += np.bincount(held.domain, minlength=d)
        df -= np.bincount(strata % d, minlength=d)

    def _runs(self) -> Iterator[tuple[Run, Cells, NDArray[np.float64], NDArray[np.int64]]]:
        """Each run with its cells, their scores (c, q), and all its finest clusters."""
        finest, basis = self._spread.finest, self.basis
        for run in basis.layout.runs(whole=not self._spread.in_parts):
            unit_of = finest.cluster_of[run.rows]
            cells = make_cells(unit_of, self.domains.code[run.rows], len(self.domains))
            clusters = np.arange(unit_of[0], unit_of[-1] + 1)
            yield run, cells, self._scores(run, cells), clusters

    def _scores(self, run: Run, cells: Cells) -> NDArray[np.float64]:
        values, below = cells.sums(run, self.basis.weights, self.source)
        if self.size is not None:
            expected = self.theta[cells.domain]
            expected *= below
            values -= expected
        return values

    def _dense(
        self, cells: Cells, values: NDArray, clusters: NDArray[np.int64], block: range
    ) -> NDArray[np.float64]:
        """Scores (u, domains of the block × q) of all clusters, less what totals explain."""
        q = values.shape[1]
        dense = np.zeros((clusters.size, len(block), q))
        here = (cells.domain >= block.start) & (cells.domain < block.stop)
        dense[cells.unit[here] - clusters[0], cells.domain[here] - block.start] = values[here]
        out = dense.reshape(len(dense), -1)
        known, slope = self._explained
        if slope.size:
            part = known[clusters[0] : clusters[0] + clusters.size]
            with one_thread():
                out -= part @ slope[:, block.start * q : block.stop * q]
        return out

    @cached_property
    def _explained(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(U, p) and (p, D·q), whose product is what known totals explain of the scores."""
        basis, finest = self.basis, self._spread.finest
        if not basis.steps:
            return np.empty((0, 0)), np.empty((0, 0))
        found = slopes(basis.steps, basis.sequence, self._moments())
        sums = [
            cluster_sums(step, finest.cluster_of, finest.stratum_of.size) for step in basis.steps
        ]
        return np.hstack(sums), np.vstack(found)

    def _moments(self) -> list[NDArray[np.float64]]:
        """X'(u ∘ z) of the scores z, (p, D·q) by step."""
        basis, code, d = self.basis, self.domains.code, len(self.domains)
        sums: list[NDArray | float] = [0.0] * len(basis.steps)
        q = self.source.width
        for rows in basis.layout.blocks():
            part = self.source.read(rows)
            below = np.ones((len(part.top), 1)) if part.bottom is None else part.bottom
            both = np.hstack([part.top, below])
            for k, step in enumerate(basis.steps):
                sums[k] += moments(step, rows, basis.weights[rows], both, code[rows], d)
        if self.size is None:
            scores = [found[..., :q] for found in sums]
        else:
            scores = [found[..., :q] - self.theta * found[..., q:] for found in sums]
        return [score.reshape(len(score), -1) for score in scores]
