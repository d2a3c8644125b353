"""Variance of a stored design from replicate weights: sums by unit × multipliers of units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.engines.kernel import CellKernel, WeightKernel
from analysis.engines.store import Store
from analysis.engines.summing import Summed, make_grid
from analysis.engines.weighing import moved, places
from analysis.errors import DesignError
from analysis.estimation.basis import Basis, Domains
from analysis.estimation.layout import Run
from analysis.estimation.replicate import ReplicatedVariance, replicate_thetas
from analysis.estimation.resampling import with_replicates
from analysis.estimation.sources import Given
from analysis.estimation.stages import Stage


def replicated(
    store: Store, method: str, n: int | None, seed: int | None, rho: float | None, mse: bool
) -> Store:
    """See `SurveyDesign.replicates`.

    Raises DesignError ``engine.single_rows`` where each row is a cluster, too.
    """
    if store.rows_apart:
        raise DesignError(
            "engine.single_rows",
            "Replicates of single rows would be as many as the rows.",
            hint="Name PSUs, or read the rows into a SurveyDesign.",
        )
    keys = store.keys
    if store.recipes:
        keys = store.engine.keys(list(dict.fromkeys([*keys.names, *store.margins.names])))
    place = places(keys, store.keys)
    stages = tuple(_at(stage, place) for stage in store.stages)
    start = np.ones(len(keys))
    recipes = ()
    if store.recipes:
        kernel = WeightKernel(store.weighing.until(store.start), 0, len(keys))
        by_key = None if store.weighing.by_key is None else store.weighing.by_key[place]
        kernel = replace(kernel, weighing=kernel.weighing.at_keys(by_key))
        finer = replace(store, units=keys, weighing=kernel.weighing)
        start = finer.fold(store.engine.keys(()), (), kernel)["total"].astype(float)
        margin = places(keys, store.margins)
        start[store.outside[margin]] = 0.0
        recipes = tuple(replace(one, known=moved(one.known, margin)) for one in store.recipes)
    basis = Basis(
        keys.table, start, np.ones(len(keys), dtype=bool), stages, notes=store.notes, start=start,
        recipes=recipes,
    )  # fmt: skip
    made = with_replicates(basis, method, n, seed, rho, mse)
    by_key = None if store.weighing.by_key is None else store.weighing.by_key[place]
    return replace(
        store, replicates=made.replicates, units=keys, weighing=store.weighing.at_keys(by_key),
        steps=(), sequence=(), notes=made.notes,
    )  # fmt: skip


def _at(stage: Stage, place: NDArray[np.int64]) -> Stage:
    return replace(stage, cluster_of=stage.cluster_of[place])


@dataclass(frozen=True, eq=False)
class ReplicatedScores(ReplicatedVariance):
    """The variance with its degrees of freedom (D,), as `Scores` have them."""

    @property
    def df(self) -> NDArray[np.float64]:
        return np.full(len(self.theta), self.replicates.df)


def replicate_scores(found: Summed, theta: NDArray[np.float64], *, total: bool) -> ReplicatedScores:
    """One pass with the weights that the replicates begin with: cells of a unit and a domain."""
    store, reading = found.store, found.reading
    replicates = store.replicates
    u = replicates.factors.shape[1]
    unit_of = replicates.unit_of.astype(np.int32)
    grid = make_grid(store, found.placed, unit_of, u)
    kernel = CellKernel(
        reading, store.weighing.until(store.start), unit_of, found.placed.code, grid, found.whole
    )
    sums = store.fold(found.placed.keys, reading.columns, kernel)
    at = np.flatnonzero(sums["rows"] > 0)
    top, below = sums["top"][at], sums["below"][at]
    if total:
        top = top + reading.centre * below
    ones, (unit, domain) = np.ones(at.size), grid.at(at)
    basis = Basis(
        pd.DataFrame(index=range(at.size)), ones, ones > 0, (),
        replicates=replace(replicates, base=ones, unit_of=unit), layout=_OneRun(at.size),
    )  # fmt: skip
    domains = Domains(found.placed.domains.names, found.placed.domains.keys, domain)
    below = np.broadcast_to(below, top.shape) if found.whole else below
    thetas = replicate_thetas(basis, domains, Given(top, np.ascontiguousarray(below)), total=total)
    return ReplicatedScores(replicates, thetas, theta)


@dataclass(frozen=True)
class _OneRun:
    """Cells stand in the order of their units: one run holds them."""

    size: int

    def runs(self, *, whole: bool = False) -> Iterator[Run]:
        yield Run(0, self.size, None)
