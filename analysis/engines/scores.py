"""The second pass: scores by finest cluster and domain, strata by strata, and their variance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.engines.kernel import CellKernel, Grid
from analysis.engines.protocol import Sums
from analysis.engines.summing import Summed, cell_bytes, make_grid
from analysis.errors import EstimationError
from analysis.estimation.codes import compact
from analysis.estimation.taylor import Spread
from analysis.estimation.threads import one_thread
from analysis.weighting.residuals import slopes

#: Numbers held at a time where calibration spreads each score over all clusters.
_BLOCK = 20_000_000

#: Numbers of a part of the cells.
_PART = 4_000_000


class _Part(NamedTuple):
    """Cells of the finest clusters from ``first`` to ``last`` that hold a used row.

    ``unit``, ``domain`` and ``values`` (c, q) are of those whose scores count; ``reached`` is the
    unit and domain of all.
    """

    first: int
    last: int
    unit: NDArray[np.int64]
    domain: NDArray[np.int64]
    values: NDArray[np.float64]
    reached: tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class StoredScores:
    """Variance of scores y − θ x (over ``size``, the total of x; None for totals)."""

    found: Summed
    theta: NDArray[np.float64]
    size: NDArray[np.float64] | None

    @cached_property
    def _rules(self) -> Spread:
        return self.found.store.spread(len(self.theta))

    @property
    def df(self) -> NDArray[np.float64]:
        """First-stage clusters with a row of the domain less their strata, (D,)."""
        return self._both[1]

    def variances(self) -> NDArray[np.float64]:
        return self._both[0]

    @cached_property
    def _both(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        out, df = np.zeros(self.theta.shape), np.zeros(len(self.theta))
        for part in self._parts():
            self._count(part, df)
            if not self.found.store.steps:
                out += self._rules.variances(part.unit, part.domain, part.values)
                continue
            everyone = np.arange(part.first, part.last)
            step = max(1, _BLOCK // (len(everyone) * self.theta.shape[1]))
            rules = self.found.store.spread(1)
            for at in range(0, len(out), step):
                block = range(at, min(at + step, len(out)))
                dense = self._dense(part, block)
                found = rules.variances(everyone, np.zeros_like(everyone), dense)
                out[block.start : block.stop] += found.reshape(len(block), -1)
        return (out if self.size is None else out / self.size**2), df

    def covariance(self) -> NDArray[np.float64]:
        d = len(self.theta)
        out = np.zeros((self.theta.size,) * 2)
        for part in self._parts():
            dense = self._dense(part, range(d))
            unit, domain = part.unit, part.domain
            if self.found.store.steps:  # what totals explain reaches every cluster
                everyone = np.arange(part.first, part.last)
                unit, domain = np.repeat(everyone, d), np.tile(np.arange(d), everyone.size)
            out += self._rules.covariance(unit, domain, dense, part.first)
        if self.size is None:
            return out
        size = np.broadcast_to(self.size, self.theta.shape).ravel()
        return out / size / size[:, None]

    def _count(self, part: _Part, df: NDArray[np.float64]) -> None:
        d, (unit, domain) = len(self.theta), part.reached
        psu, domain = np.divmod(compact(self._psu_of[unit] * d + domain)[0], d)
        strata, _ = compact(self.found.store.stages[0].stratum_of[psu] * d + domain)
        df += np.bincount(domain, minlength=d)
        df -= np.bincount(strata % d, minlength=d)

    @cached_property
    def _psu_of(self) -> NDArray[np.int64]:
        """First-stage cluster of each finest one."""
        finest, first = self._rules.finest, self.found.store.stages[0]
        psu = np.zeros(finest.stratum_of.size, dtype=np.int64)
        psu[finest.cluster_of] = first.cluster_of
        return psu

    def _parts(self) -> Iterator[_Part]:
        """Scores of all clusters, some strata at a time; from the first pass if it kept them."""
        found = self.found
        if found.cells is not None:
            yield from self._split(0, found.cells, found.grid)
            return
        store, reading = found.store, found.reading
        unit_of = self._rules.finest.cluster_of
        for first, last in self._blocks():
            here = (unit_of >= first) & (unit_of < last)
            place = np.where(here, unit_of - first, -1).astype(np.int32)
            grid = self._grid.part(first, last)
            kernel = CellKernel(
                reading, store.weighing, place, found.placed.code, grid, found.whole
            )
            keys = np.flatnonzero(here)
            span = (int(keys[0]), int(keys[-1]))
            yield from self._split(
                first, store.fold(found.placed.keys, reading.columns, kernel, span), grid
            )

    @cached_property
    def _grid(self) -> Grid:
        finest = self._rules.finest
        unit_of = finest.cluster_of.astype(np.int32)
        return make_grid(self.found.store, self.found.placed, unit_of, finest.stratum_of.size)

    def _split(self, first: int, cells: Sums, grid: Grid) -> Iterator[_Part]:
        """Parts small enough to be worked on without a second copy of all cells."""
        ends = [end - first for end in self._ends.tolist() if first < end <= first + grid.n_units]
        most = _PART // (self.theta.shape[1] * grid.width)
        if not self._rules.in_parts:
            ends = ends[-1:]
        start = at = 0
        for end in ends:
            if end - start > most and at > start:
                yield self._part(first, start, at, cells, grid)
                start = at
            at = end
        yield self._part(first, start, at, cells, grid)

    def _part(self, first: int, start: int, stop: int, cells: Sums, grid: Grid) -> _Part:
        width, found = grid.width, self.found
        here = slice(start * width, stop * width)
        rows = cells["rows"][here]
        held = rows if found.mixed or found.whole else cells["held"][here]
        at = np.flatnonzero(held) + here.start
        unit, domain = grid.at(at)
        values, below = cells["top"][at], cells["below"][at]
        theta = -found.reading.centre if self.size is None else self.theta[domain]
        values -= theta * below
        reached = grid.at(np.flatnonzero(rows) + here.start)
        return _Part(
            first + start, first + stop, unit + first, domain, values,
            (reached[0] + first, reached[1]),
        )  # fmt: skip

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        """Where the finest clusters of each first-stage stratum end."""
        stratum = self.found.store.stages[0].stratum_of[self._psu_of]
        return np.append(np.flatnonzero(np.diff(stratum)) + 1, stratum.size)

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Ranges of finest clusters: whole first-stage strata whose cells fit the budget."""
        store = self.found.store
        cell = cell_bytes(self.found.reading, whole=self.found.whole)
        most = store.engine.budget // (cell * self._grid.width)
        ends = self._ends
        if not self._rules.in_parts:  # a rule for lonely clusters compares strata
            ends = ends[-1:]
        _refuse_large(int(np.diff(ends, prepend=0).max()), most)
        first = last = 0
        for end in ends.tolist():
            if end - first > most and last > first:
                yield first, last
                first = last
            last = end
        yield first, last

    def _dense(self, part: _Part, block: range) -> NDArray[np.float64]:
        """Scores (u, domains of the block × q), less what totals explain."""
        q, u = self.theta.shape[1], part.last - part.first
        dense = np.zeros((u, len(block), q))
        here = (part.domain >= block.start) & (part.domain < block.stop)
        dense[part.unit[here] - part.first, part.domain[here] - block.start] = part.values[here]
        out = dense.reshape(u, -1)
        with one_thread():
            for known, slope in self._explained:
                out -= known[part.first : part.last] @ slope[:, block.start * q : block.stop * q]
        return out

    @cached_property
    def _explained(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        store = self.found.store
        if not store.steps:
            return []
        known, cross = store.explained
        found = score_slopes(self.found, self.theta, self.size, cross)
        return list(zip(known, found, strict=True))


def score_slopes(
    found: Summed, theta: NDArray, size: NDArray | None, cross
) -> list[NDArray[np.float64]]:
    """Coefficients (p, D·q) by step of what known totals explain of the scores."""
    q, centre = theta.shape[1], found.reading.centre
    start = []
    for part in found.moments:
        top, below = part[..., :q], part[..., q:]
        below = below[..., :1] if found.whole else below
        score = top + centre * below if size is None else top - theta * below
        start.append(score.reshape(len(score), -1))
    return slopes(found.store.steps, found.store.sequence, start, cross)


def _refuse_large(units: int, most: int) -> None:
    if units > 8 * max(most, 1):
        raise EstimationError(
            "engine.stratum_too_large",
            f"The {units} clusters of one stratum (or of all, under this rule for lonely "
            f"clusters) do not fit with so many domains and items at once; about {most} do.",
            hint="Ask for fewer items or domains at a time, or allow more memory.",
            clusters=units,
            fitting=int(most),
        )
