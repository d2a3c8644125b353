"""What is added up for the linear statistics: weighted sums by cell of a unit and a domain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.engines.protocol import Chunk, Sums
from analysis.engines.readings import Reading
from analysis.engines.weighing import StoredStep, Trimmed, Weighing
from analysis.estimation.codes import compact
from analysis.estimation.sums import gathering
from analysis.weighting.residuals import Step, cluster_sums, moments

_ALL = slice(None)


@dataclass(frozen=True, eq=False)
class CellKernel:
    """Sums of a reading by unit and domain.

    ``unit_of`` (k,) is the unit of a design key, −1 for rows that are not read now; ``domain_of``
    (m,) the domain of a domain key, −1 outside.  A row is used where it lies in a domain and
    carries weight.  Sums, in cells (unit · D + domain): ``top`` (c, q); ``below`` (c, q or 1) of
    the reading's bottom; ``rows`` (c,) used; ``held`` (c,) used with every column there;
    ``n`` (c, q or 1) used and present.  By domain: ``squares`` (D, q); ``moments_i`` for each
    step (p · D, q + width of the bottom).  ``gaps`` and ``infinite`` (columns,) count used rows,
    ``mixed`` (1,) rows where some columns are missing and others not.

    ``whole`` says that no column has gaps: one bottom serves all.
    """

    reading: Reading
    weighing: Weighing
    unit_of: NDArray[np.int32]
    n_units: int
    domain_of: NDArray[np.int32]
    n_domains: int
    whole: bool = False
    squares: bool = False
    steps: tuple[StoredStep, ...] = ()

    @property
    def k(self) -> int:
        return 1 if self.whole else self.reading.width

    def start(self) -> Sums:
        c, q, k, d = self.n_units * self.n_domains, self.reading.width, self.k, self.n_domains
        columns = len(self.reading.columns)
        sums = {
            "top": np.zeros((c, q)), "below": np.zeros((c, k)), "rows": np.zeros(c),
            "held": np.zeros(c), "n": np.zeros((c, k)), "gaps": np.zeros(columns),
            "infinite": np.zeros(columns), "mixed": np.zeros(1),
        }  # fmt: skip
        if self.squares:
            sums["squares"] = np.zeros((d, q))
        for i, step in enumerate(self.steps):
            sums[f"moments_{i}"] = np.zeros((step.known.shape[1] * d, q + k))
        return sums

    def add(self, sums: Sums, chunk: Chunk) -> None:
        unit = self.unit_of[chunk.codes[0]]
        if unit.min(initial=0) < 0:
            rows = np.flatnonzero(unit >= 0)
            if not rows.size:
                return
            chunk, unit = chunk.part(rows), unit[rows]
        weights = self.weighing.stages(chunk)
        w = weights[-1]
        domain = np.where(w > 0, self.domain_of[chunk.codes[1]], -1)
        part = self.reading.read(chunk, domain)
        self._gaps(sums, chunk, domain)
        cell = np.where(domain < 0, -1, unit.astype(np.int64) * self.n_domains + domain)
        at, place = compact(cell)
        if not at.size:
            return
        outside = place < 0
        place, inside = np.where(outside, 0, place), np.where(outside, 0.0, 1.0)
        gather = gathering(place, w * inside, at.size)
        count = gathering(place, inside, at.size)
        used = count @ np.ones((len(chunk), 1))
        sums["top"][at] += gather @ part.top
        sums["rows"][at] += used[:, 0]
        size = gather @ np.ones((len(chunk), 1)) if part.bottom is None else gather @ part.bottom
        sums["below"][at] += size
        if part.present is None:
            sums["n"][at] += used
            sums["held"][at] += used[:, 0]
        else:
            sums["n"][at] += count @ part.present.astype(float)
            sums["held"][at] += count @ part.present.all(axis=1).astype(float)
        if self.squares:
            by_domain = gathering(np.where(outside, 0, domain), w * inside, self.n_domains)
            sums["squares"] += by_domain @ (part.top * part.top)
        self._moments(sums, chunk, weights, part, domain)

    def _gaps(self, sums: Sums, chunk: Chunk, domain: NDArray) -> None:
        columns = [chunk.numbers[name] for name in self.reading.columns]
        if all(a.dtype.kind != "f" or np.isfinite(a.sum()) for a in columns):
            return
        used, missing = domain >= 0, np.zeros(len(chunk))
        for j, column in enumerate(columns):
            gone = ~np.isfinite(column)
            sums["gaps"][j] += (np.isnan(column) & used).sum()
            sums["infinite"][j] += (np.isinf(column) & used).sum()
            missing += gone
        sums["mixed"] += ((missing > 0) & (missing < len(columns))).sum()

    def _moments(self, sums: Sums, chunk: Chunk, weights, part, domain) -> None:
        if not self.steps:
            return
        b = len(chunk)
        below = np.ones((b, 1)) if part.bottom is None else part.bottom
        both = np.hstack([part.top, np.broadcast_to(below, (b, self.k))])
        for i, stored in enumerate(self.steps):
            u, v = stored.parts(weights)
            step = Step(stored.known[chunk.codes[2]], v, u, stored.inverse)
            found = moments(step, _ALL, weights[-1], both, domain, self.n_domains)
            sums[f"moments_{i}"] += found.reshape(-1, both.shape[1])


@dataclass(frozen=True, eq=False)
class StepKernel:
    """What steps of calibration need of all rows, whatever is estimated.

    ``known_i`` (U, p): sums of v ∘ X by unit; ``cross`` (k, steps²): sums of u_b v_a by key.
    """

    weighing: Weighing
    steps: tuple[StoredStep, ...]
    unit_of: NDArray[np.int32]
    n_units: int

    def start(self) -> Sums:
        sums = {
            f"known_{i}": np.zeros((self.n_units, step.known.shape[1]))
            for i, step in enumerate(self.steps)
        }
        return {**sums, "cross": np.zeros((self.steps[0].known.shape[0], len(self.steps) ** 2))}

    def add(self, sums: Sums, chunk: Chunk) -> None:
        weights = self.weighing.stages(chunk)
        key = chunk.codes[2]
        at, place = compact(self.unit_of[chunk.codes[0]])
        uv = [step.parts(weights) for step in self.steps]
        for i, stored in enumerate(self.steps):
            step = Step(stored.known[key], uv[i][1], uv[i][0], stored.inverse)
            sums[f"known_{i}"][at] += cluster_sums(step, place, at.size)
        products = [u * v for u, _ in uv for _, v in uv]
        held, where = compact(key)
        sums["cross"][held] += gathering(where, np.ones(len(chunk)), held.size) @ np.column_stack(
            products
        )


@dataclass(frozen=True, eq=False)
class WeightKernel:
    """Sums of weights by row of one of the keys (``which``); those that are no weights, counted.

    ``total`` and ``rows`` (k,), in extended precision: whether a share of the weights is met
    exactly decides between two quantiles.
    """

    weighing: Weighing
    which: int
    size: int
    twice_inverted: bool = False

    def start(self) -> Sums:
        return {
            "total": np.zeros(self.size, dtype=np.longdouble), "rows": np.zeros(self.size),
            "bad": np.zeros(1),
        }  # fmt: skip

    def add(self, sums: Sums, chunk: Chunk) -> None:
        weights = self.weighing.stages(chunk)
        w = weights[-1]
        sums["bad"] += (~(np.isfinite(weights[0]) & (weights[0] > 0))).sum()
        if self.twice_inverted:
            with np.errstate(divide="ignore"):
                w = 1 / (1 / w)
        code = chunk.codes[self.which]
        order = np.argsort(code, kind="stable")
        at, first = np.unique(code[order], return_index=True)
        sums["total"][at] += np.add.reduceat(w[order].astype(np.longdouble), first)
        sums["rows"][at] += np.add.reduceat((w[order] > 0).astype(float), first)


@dataclass(frozen=True, eq=False)
class TrimKernel:
    """What a trim (the last change of the weights) does, and what it leaves outside its bounds."""

    weighing: Weighing
    trim: Trimmed

    def start(self) -> Sums:
        names = ("cut", "excess", "free", "before", "after", "changed", "total")
        return {name: np.zeros(1) for name in names}

    def add(self, sums: Sums, chunk: Chunk) -> None:
        before, w = self.weighing.stages(chunk)[-2:]
        sums["total"] += w.sum()
        used = self.trim.inside[chunk.codes[2]] & (before > 0)
        before, w = before[used], w[used]
        low, high = self.trim.low, self.trim.high
        outside = (w < low) | (w > high)
        sums["cut"] += outside.sum()
        sums["free"] += (~outside).sum()
        sums["excess"] += (w - np.clip(w, low, high)).sum()
        sums["before"] += before.sum()
        sums["after"] += w.sum()
        sums["changed"] += (w != before).sum()


def cross_products(
    steps: tuple[StoredStep, ...], sums: NDArray[np.float64]
) -> dict[tuple[int, int], NDArray[np.float64]]:
    """X_b'(u_b v_a X_a) for each pair of steps, from the sums (k, steps²) of u_b v_a by key."""
    s = len(steps)
    return {
        (b, a): (steps[b].known.T @ sparse.diags(sums[:, b * s + a]) @ steps[a].known).toarray()
        for b in range(s)
        for a in range(s)
    }
