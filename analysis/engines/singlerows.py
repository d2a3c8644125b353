"""Variance where each row is a cluster: its own pass, in memory that does not grow with rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.engines.protocol import Chunk, Sums
from analysis.engines.readings import Reading
from analysis.engines.scores import score_slopes
from analysis.engines.summing import Summed
from analysis.engines.weighing import StoredStep, Weighing
from analysis.estimation.stages import Stage
from analysis.estimation.sums import gathering
from analysis.estimation.taylor import refuse_lonely
from analysis.estimation.threads import one_thread

#: Numbers of one block of scores that reach every domain.
_BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class _Rules:
    """By stratum and domain (H, D): the factor of squares, and whether the centre is elsewhere."""

    factor: NDArray[np.float64]
    off_centre: NDArray[np.bool_]


def _rules(stage: Stage, held: NDArray[np.float64], lonely: str, lonely_domains: bool) -> _Rules:
    """The rules of `analysis.estimation.taylor.Spread` for rows ``held`` (H, D)."""
    live, drawn = held > 0, stage.n_drawn[:, None]
    rest = np.broadcast_to((1 - stage.fraction)[:, None], held.shape)
    open_ = live & (rest > 1e-7)
    alone = (open_ & (drawn == 1)).any(axis=1)
    if lonely == "fail" and alone.any():
        refuse_lonely(stage, np.flatnonzero(alone))
    single = live & ((drawn == 1) | ((held == 1) if lonely_domains else False))
    factor = np.where(live, rest * drawn / np.maximum(drawn - 1, 1), 0.0)
    if lonely == "average":
        lost = single & open_
        kept = (live & ~lost).sum(axis=0)
        if (kept == 0).any():
            refuse_lonely(stage, np.flatnonzero(lost.any(axis=1)))
        factor = np.where(lost, 0.0, factor * live.sum(axis=0) / kept)
    return _Rules(factor, single & (lonely == "adjust"))


@dataclass(frozen=True, eq=False)
class SquareKernel:
    """Squares (H · D, q) of scores about the means (H, D, q) of their strata, of rows used."""

    reading: Reading
    weighing: Weighing
    domain_of: NDArray[np.int32]
    stratum_of: NDArray[np.int64]
    theta: NDArray[np.float64] | None
    means: NDArray[np.float64]
    mixed: bool

    def start(self) -> Sums:
        return {
            "squares": np.zeros((self.means.shape[0] * self.means.shape[1], self.means.shape[2]))
        }

    def add(self, sums: Sums, chunk: Chunk) -> None:
        h, domain, z, used = _scored(self, chunk)
        d = np.maximum(domain, 0)
        z = z - self.means[h, d]
        z *= z
        gather = gathering(h * self.means.shape[1] + d, used, len(sums["squares"]))
        sums["squares"] += gather @ z


@dataclass(frozen=True, eq=False)
class WideKernel:
    """Squares (D·q,) or products (D·q, D·q) of scores that reach every domain.

    ``means`` (H, D·q) are those of the strata, ``root`` (H, D·q) of the factors of squares.
    """

    reading: Reading
    weighing: Weighing
    domain_of: NDArray[np.int32]
    stratum_of: NDArray[np.int64]
    theta: NDArray[np.float64] | None
    means: NDArray[np.float64]
    root: NDArray[np.float64]
    mixed: bool
    steps: tuple[StoredStep, ...]
    slopes: list[NDArray[np.float64]]
    products: bool

    def start(self) -> Sums:
        width = self.means.shape[1]
        return {"found": np.zeros((width, width) if self.products else width)}

    def add(self, sums: Sums, chunk: Chunk) -> None:
        size = max(1, _BLOCK // self.means.shape[1])
        for first in range(0, len(chunk), size):
            rows = np.arange(first, min(first + size, len(chunk)))
            self._block(sums, chunk.part(rows))

    def _block(self, sums: Sums, chunk: Chunk) -> None:
        h, domain, z, used = _scored(self, chunk)
        q = z.shape[1]
        wide = np.zeros((len(chunk), self.means.shape[1]))
        rows = np.flatnonzero(used)
        wide.reshape(len(chunk), -1, q)[rows, domain[rows]] = z[rows]
        weights = self.weighing.stages(chunk)
        with one_thread():
            for step, slope in zip(self.steps, self.slopes, strict=True):
                known, v = step.columns(chunk), step.parts(weights)[1]
                wide -= v[:, None] * (known.table @ slope)[known.pattern]
            wide -= self.means[h]
            wide *= self.root[h]
            if self.products:
                sums["found"] += wide.T @ wide
            else:
                sums["found"] += np.einsum("ij,ij->j", wide, wide)


def _scored(kernel, chunk: Chunk) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Stratum, domain, scores (b, q), and 1 for rows that are used, of a block."""
    weights = kernel.weighing.stages(chunk)
    domain = np.where(weights[-1] > 0, kernel.domain_of[chunk.codes[1]], -1)
    part = kernel.reading.read(chunk, domain)
    used = domain >= 0
    if part.present is not None and not kernel.mixed:
        used = used & part.present.all(axis=1)
    below = 1.0 if part.bottom is None else part.bottom
    theta = -kernel.reading.centre if kernel.theta is None else kernel.theta[np.maximum(domain, 0)]
    z = (part.top - theta * below) * np.where(used, weights[-1], 0.0)[:, None]
    return kernel.stratum_of[chunk.codes[0]], domain, z, used.astype(float)


@dataclass(frozen=True, eq=False)
class SingleRowScores:
    """`StoredScores` for a design whose rows are its clusters."""

    found: Summed
    theta: NDArray[np.float64]
    size: NDArray[np.float64] | None

    @property
    def df(self) -> NDArray[np.float64]:
        rows = self._cells("rows")
        return (rows - (rows > 0)).sum(axis=0)

    def _cells(self, name: str) -> NDArray[np.float64]:
        """Sums of the first pass by stratum and domain, (H, D) or (H, D, q)."""
        part, d = self.found.cells[name], len(self.theta)
        return part.reshape(-1, d, *part.shape[1:])

    @cached_property
    def _held(self) -> NDArray[np.float64]:
        """Rows (H, D) whose scores count; known totals reach all."""
        if self.found.store.steps:
            drawn = self.found.store.stages[0].n_drawn.astype(float)
            return np.repeat(drawn[:, None], len(self.theta), axis=1)
        return self._cells("rows" if self.found.mixed else "held")

    @cached_property
    def _all_rules(self) -> _Rules:
        store = self.found.store
        return _rules(store.stages[0], self._held, store.lonely, store.lonely_domains)

    @cached_property
    def _slopes(self) -> list[NDArray[np.float64]]:
        store = self.found.store
        return score_slopes(self.found, self.theta, self.size, store.explained[1])

    @cached_property
    def _means(self) -> NDArray[np.float64]:
        """Means (H, D, q) that scores are compared with."""
        store = self.found.store
        theta = -self.found.reading.centre if self.size is None else self.theta
        sums = self._cells("top") - theta * self._cells("below")
        if store.steps:
            for known, slope in zip(store.explained[0], self._slopes, strict=True):
                sums = sums - (known @ slope).reshape(sums.shape)
        drawn = store.stages[0].n_drawn
        grand = sums.sum(axis=0) / drawn.sum()
        off = self._all_rules.off_centre[..., None]
        return np.where(off, grand, sums / drawn[:, None, None])

    def variances(self) -> NDArray[np.float64]:
        found, rules, means = self.found, self._all_rules, self._means
        if found.store.steps:
            out = self._wide(products=False).reshape(self.theta.shape)
        else:
            kernel = SquareKernel(**self._shared(), means=means)
            squares = self._fold(kernel)["squares"].reshape(means.shape)
            absent = found.store.stages[0].n_drawn[:, None] - self._held
            squares += absent[..., None] * means**2
            out = (rules.factor[..., None] * squares).sum(axis=0)
        return out if self.size is None else out / self.size**2

    def covariance(self) -> NDArray[np.float64]:
        out = self._wide(products=True)
        if self.size is None:
            return out
        size = np.broadcast_to(self.size, self.theta.shape).ravel()
        return out / size / size[:, None]

    def _wide(self, *, products: bool) -> NDArray[np.float64]:
        h, q, store = len(self._held), self.theta.shape[1], self.found.store
        root = np.repeat(np.sqrt(self._all_rules.factor), q, axis=1)
        kernel = WideKernel(
            **self._shared(), means=self._means.reshape(h, -1), root=root, steps=store.steps,
            slopes=self._slopes if store.steps else [], products=products,
        )  # fmt: skip
        return self._fold(kernel)["found"]

    def _shared(self) -> dict:
        found = self.found
        return {
            "reading": found.reading, "weighing": found.store.weighing,
            "domain_of": found.placed.code, "stratum_of": found.store.stages[0].cluster_of,
            "theta": None if self.size is None else self.theta, "mixed": found.mixed,
        }  # fmt: skip

    def _fold(self, kernel) -> Sums:
        found = self.found
        return found.store.fold(found.placed.keys, found.reading.columns, kernel)
