"""The weight of a row, worked out where the row is read: nothing is kept for each row."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.engines.protocol import Chunk, Keys
from analysis.weighting.residuals import Known, Step


@dataclass(frozen=True, eq=False)
class Multiplied:
    """g-weights by row of the calibration keys."""

    factor: NDArray[np.float64]

    def apply(self, weights: NDArray[np.float64], chunk: Chunk) -> NDArray[np.float64]:
        return weights * self.factor[chunk.codes[2]]


@dataclass(frozen=True, eq=False)
class Trimmed:
    """Weights cut to bounds in rounds; each round adds a ``share`` to the weights not cut.

    ``clip`` ends with a cut to the bounds; ``inside`` marks the calibration keys that take part.
    """

    low: float
    high: float
    shares: tuple[float, ...]
    clip: bool
    inside: NDArray[np.bool_]

    def apply(self, weights: NDArray[np.float64], chunk: Chunk) -> NDArray[np.float64]:
        out = weights.copy()
        for share in self.shares:
            outside = (out < self.low) | (out > self.high)
            out = np.where(outside, np.clip(out, self.low, self.high), out + share)
        if self.clip:
            out = np.clip(out, self.low, self.high)
        return np.where(self.inside[chunk.codes[2]] & (weights > 0), out, weights)


@dataclass(frozen=True, eq=False)
class Weighing:
    """Weights of a ``column``, or of the row of the design keys (``by_key``); then each change."""

    column: str | None
    by_key: NDArray[np.float64] | None = None
    changes: tuple[Multiplied | Trimmed, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return () if self.column is None else (self.column,)

    def stages(self, chunk: Chunk) -> list[NDArray[np.float64]]:
        """Weights (b,) before the first change, and after each."""
        if self.column is None:
            made = [self.by_key[chunk.codes[0]]]
        else:
            made = [chunk.numbers[self.column].astype(float)]
        for change in self.changes:
            made.append(change.apply(made[-1], chunk))
        return made

    def then(self, change: Multiplied | Trimmed) -> Weighing:
        return replace(self, changes=(*self.changes, change))

    def until(self, place: int) -> Weighing:
        """The weights after so many changes."""
        return replace(self, changes=self.changes[:place])

    def moved(self, place: NDArray[np.int64]) -> Weighing:
        """The same for other calibration keys; ``place`` (k,) is where they stand among these."""
        changes = tuple(
            replace(one, factor=one.factor[place])
            if isinstance(one, Multiplied)
            else replace(one, inside=one.inside[place])
            for one in self.changes
        )
        return replace(self, changes=changes)

    def at_keys(self, by_key: NDArray[np.float64] | None) -> Weighing:
        """The same with other design keys."""
        return replace(self, by_key=by_key)


@dataclass(frozen=True, eq=False)
class StoredStep:
    """A projection of scores as in `analysis.weighting.residuals`, by calibration key.

    ``known`` are the columns (k, p); ``before`` (None: 1 for each row) and ``after`` are the places
    of the weights among those that a `Weighing` makes; ``inverse`` (p, p).
    """

    known: Known
    before: int | None
    after: int
    inverse: NDArray[np.float64]

    def parts(self, weights: list[NDArray[np.float64]]) -> tuple[NDArray, NDArray]:
        """u (b,) and v (b,) of the rows."""
        after = weights[self.after]
        before = np.ones(after.size) if self.before is None else weights[self.before]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(after > 0, before / after, 0.0), after

    def of_rows(self, chunk: Chunk, weights: list[NDArray[np.float64]]) -> Step:
        """The step for the rows of a block."""
        u, v = self.parts(weights)
        return Step(self.columns(chunk), v, u)

    def columns(self, chunk: Chunk) -> Known:
        return Known(self.known.pattern[chunk.codes[2]], self.known.table)

    def moved(self, place: NDArray[np.int64]) -> StoredStep:
        """The same for other calibration keys."""
        return replace(self, known=moved(self.known, place))


def moved(known: Known, place: NDArray[np.int64]) -> Known:
    """Columns of other keys; ``place`` (k,) is where they stand among these."""
    return Known(known.pattern[place], known.table)


def places(keys: Keys, among: Keys) -> NDArray[np.int64]:
    """Where each row of ``keys`` stands in ``among``, by the columns of the latter."""
    code = np.zeros(len(keys) + len(among), dtype=np.int64)
    for name in among.names:
        both = [keys.table[name].astype(object), among.table[name].astype(object)]
        own, levels = pd.factorize(pd.concat(both, ignore_index=True), use_na_sentinel=False)
        code = code * len(levels) + own
        code = np.unique(code, return_inverse=True)[1].ravel()
    where = np.full(int(code.max(initial=0)) + 1, -1)
    where[code[len(keys) :]] = np.arange(len(among))
    return where[code[: len(keys)]]
