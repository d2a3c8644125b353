"""What is added up for the linear statistics: weighted sums by cell of a unit and a domain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.engines.protocol import Chunk, Sums
from analysis.engines.readings import Reading
from analysis.engines.weighing import StoredStep, Trimmed, Weighing
from analysis.estimation.codes import compact
from analysis.estimation.sums import gathering
from analysis.weighting.residuals import cluster_sums, moments

_ALL = slice(None)

#: Rows that are worked on together: their columns stay in cache.
BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Grid:
    """How cells are numbered: every domain in each unit, or the one domain that a unit lies in.

    ``domain_of`` (U,) is that one domain, None where units may hold rows of any.
    """

    n_units: int
    n_domains: int
    domain_of: NDArray[np.int64] | None = None

    @property
    def width(self) -> int:
        """Cells of one unit."""
        return 1 if self.domain_of is not None else self.n_domains

    @property
    def size(self) -> int:
        return self.n_units * self.width

    def cell(self, unit: NDArray[np.int32], domain: NDArray) -> NDArray[np.int64]:
        unit = unit.astype(np.int64)
        return unit if self.domain_of is not None else unit * self.n_domains + domain

    def at(self, cell: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Unit and domain of cells."""
        if self.domain_of is not None:
            return cell, self.domain_of[cell]
        return cell // self.n_domains, cell % self.n_domains

    def part(self, first: int, last: int) -> Grid:
        """The same for some of the units."""
        here = None if self.domain_of is None else self.domain_of[first:last]
        return Grid(last - first, self.n_domains, here)


@dataclass(frozen=True, eq=False)
class CellKernel:
    """Sums of a reading by cell of a unit and a domain.

    ``unit_of`` (k,) is the unit of a design key, −1 for rows that are not read now; ``domain_of``
    (m,) the domain of a domain key, −1 outside.  A row is used where it lies in a domain and
    carries weight.  Sums by cell of the `Grid`: ``top`` (c, q); ``below`` (c, q or 1) of the
    reading's bottom; ``rows`` (c,) used; ``held`` (c,) used with every column there; ``n``
    (c, q or 1) used and present.  By domain: ``squares`` (D, q); ``moments_i`` for each step
    (p · D, q + width of the bottom).  ``gaps`` and ``infinite`` (columns,) count used rows,
    ``mixed`` (1,) rows where some columns are missing and others not.

    ``whole`` says that no column is known to have gaps: one bottom serves all, nothing is counted.
    """

    reading: Reading
    weighing: Weighing
    unit_of: NDArray[np.int32]
    domain_of: NDArray[np.int32]
    grid: Grid
    whole: bool = False
    squares: bool = False
    steps: tuple[StoredStep, ...] = ()

    @property
    def k(self) -> int:
        return 1 if self.whole else self.reading.width

    def start(self) -> Sums:
        c, q, k, d = self.grid.size, self.reading.width, self.k, self.grid.n_domains
        columns = len(self.reading.columns)
        sums = {"top": np.zeros((c, q)), "below": np.zeros((c, k)), "rows": np.zeros(c)}
        if not self.whole:
            sums |= {
                "held": np.zeros(c), "n": np.zeros((c, k)), "gaps": np.zeros(columns),
                "infinite": np.zeros(columns), "mixed": np.zeros(1),
            }  # fmt: skip
        if self.squares:
            sums["squares"] = np.zeros((d, q))
        for i, step in enumerate(self.steps):
            sums[f"moments_{i}"] = np.zeros((step.known.table.shape[1] * d, q + k))
        return sums

    def add(self, sums: Sums, chunk: Chunk) -> None:
        unit = self.unit_of[chunk.codes[0]]
        rows = self._order(unit)
        for first in range(0, len(chunk) if rows is None else rows.size, BLOCK):
            here = slice(first, first + BLOCK)
            some = here if rows is None else rows[here]
            self._block(sums, chunk.part(some), unit[some])

    def _order(self, unit: NDArray[np.int32]) -> NDArray[np.int64] | None:
        """Rows to be read, those of one unit together; None: all, as they stand.

        So a block of rows touches neighbouring cells.
        """
        low = unit.min(initial=0)
        if low >= 0 and (self.grid.n_units == 1 or (unit[1:] >= unit[:-1]).all()):
            return None
        short = unit.astype(np.int16) if self.grid.n_units < 32768 else unit
        rows = np.argsort(short, kind="stable")
        return rows if low >= 0 else rows[np.count_nonzero(unit < 0) :]

    def _block(self, sums: Sums, chunk: Chunk, unit: NDArray[np.int32]) -> None:
        weights = self.weighing.stages(chunk)
        w = weights[-1]
        domain = np.where(w > 0, self.domain_of[chunk.codes[1]], -1)
        part = self.reading.read(chunk, domain)
        if not self.whole:
            self._gaps(sums, chunk, domain)
        used = domain >= 0
        inside = used.astype(float)
        cell = np.where(used, self.grid.cell(unit, domain), -1)
        if not used.any():
            return
        at, place = _near(cell, used)
        width = at.stop - at.start if isinstance(at, slice) else at.size
        gather, count = gathering(place, w * inside, width), gathering(place, inside, width)
        ones = np.ones((len(chunk), 1))
        held = count @ ones
        sums["top"][at] += gather @ part.top
        sums["below"][at] += gather @ (ones if part.bottom is None else part.bottom)
        sums["rows"][at] += held[:, 0]
        if not self.whole:
            there = part.present
            sums["n"][at] += held if there is None else count @ there.astype(float)
            sums["held"][at] += (held if there is None else count @ there.all(axis=1)[:, None])[
                :, 0
            ]
        if self.squares:
            by_domain = gather
            if self.grid.n_units > 1 or width != self.grid.n_domains:
                place = np.where(used, domain, 0)
                by_domain = gathering(place, w * inside, self.grid.n_domains)
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
            found = moments(
                stored.of_rows(chunk, weights), _ALL, weights[-1], both, domain, self.grid.n_domains
            )
            sums[f"moments_{i}"] += found.reshape(-1, both.shape[1])


def _near(
    cell: NDArray[np.int64], used: NDArray[np.bool_]
) -> tuple[slice | NDArray[np.int64], NDArray[np.integer]]:
    """Where the cells of a block stand among all, as a range if it is narrow; place of each row."""
    low, high = int(cell[used].min()), int(cell.max()) + 1
    if high - low <= 4 * cell.size:
        return slice(low, high), np.where(used, cell - low, 0)
    at, place = compact(cell)
    return at, np.where(used, place, 0)


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
            f"known_{i}": np.zeros((self.n_units, step.known.table.shape[1]))
            for i, step in enumerate(self.steps)
        }
        return {**sums, "cross": np.zeros((self.steps[0].known.pattern.size, len(self.steps) ** 2))}

    def add(self, sums: Sums, chunk: Chunk) -> None:
        weights = self.weighing.stages(chunk)
        key = chunk.codes[2]
        at, place = compact(self.unit_of[chunk.codes[0]])
        uv = [step.parts(weights) for step in self.steps]
        for i, stored in enumerate(self.steps):
            step = stored.of_rows(chunk, weights)
            sums[f"known_{i}"][at] += cluster_sums(step, place, at.size)
        keys = len(sums["cross"])
        for i, (u, v) in enumerate((u, v) for u, _ in uv for _, v in uv):
            sums["cross"][:, i] += np.bincount(key, u * v, minlength=keys)


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
        (b, a): steps[b].known.cross(sums[:, b * s + a], steps[a].known)
        for b in range(s)
        for a in range(s)
    }
