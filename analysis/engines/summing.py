"""The first pass: sums by domain, and by cell where all cells fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.engines.kernel import CellKernel, Grid
from analysis.engines.protocol import Keys, Sums
from analysis.engines.readings import Reading
from analysis.engines.store import Placed, Store
from analysis.engines.weighing import places
from analysis.errors import EstimationError
from analysis.estimation.columns import NA
from analysis.estimation.sums import DomainSums, add_up


@dataclass(frozen=True, eq=False)
class Summed:
    """Sums by domain of a reading; ``cells`` of all units too, if the pass kept them.

    ``whole``: no column has gaps.  ``mixed``: a row may count for some columns only, so that it
    stays in its domain; else a row with a gap has left it.
    """

    store: Store
    placed: Placed
    reading: Reading
    sums: DomainSums
    moments: list[NDArray[np.float64]]
    whole: bool
    mixed: bool
    cells: Sums | None
    grid: Grid


def units(store: Store) -> tuple[NDArray[np.int32], int]:
    """Unit of each design key, and their number.

    Units are the finest clusters; strata where each row is a cluster; those of the replicates.
    """
    if store.replicates is not None:
        unit_of = store.replicates.unit_of
        return unit_of.astype(np.int32), store.replicates.factors.shape[1]
    if store.rows_apart:
        stage = store.stages[0]
        return stage.cluster_of.astype(np.int32), stage.n_drawn.size
    finest = store.spread(1).finest
    return finest.cluster_of.astype(np.int32), finest.stratum_of.size


def cell_bytes(reading: Reading, *, whole: bool) -> int:
    """Bytes that one cell takes."""
    k = 1 if whole else reading.width
    return 8 * (reading.width + (2 if whole else 2 * k + 2))


def make_grid(store: Store, placed: Placed, unit_of: NDArray[np.int32], n_units: int) -> Grid:
    """Cells of units and domains; one a unit where the domain follows from the design's columns."""
    d, names = len(placed), placed.domains.names
    if d == 1 or store.rows_apart or not set(names) <= set(store.keys.names):
        return Grid(n_units, d)
    keys = Keys(tuple(names), pd.DataFrame(placed.domains.keys, columns=names), np.ones(d))
    domain = np.zeros(n_units, dtype=np.int64)
    own = places(store.keys if store.units is None else store.units, keys)
    domain[unit_of] = own
    return Grid(n_units, d, domain) if (domain[unit_of] == own).all() else Grid(n_units, d)


def summed(
    store: Store, placed: Placed, reading: Reading, na: str = "fail", *, squares: bool = False
) -> Summed:
    """Read all rows once.

    Raises EstimationError ``estimate.na``, ``estimate.infinite``, ``estimate.missing``,
    ``domain.empty``.
    """
    if na not in NA:
        raise EstimationError("estimate.na", f"Unknown na={na!r}.", hint=f"One of {NA}.", na=na)
    unit_of, n_units = units(store)
    grid = make_grid(store, placed, unit_of, n_units)
    fits = grid.size * cell_bytes(reading, whole=False) <= store.engine.budget
    keep = store.replicates is None and (fits or store.rows_apart)
    if not keep:
        unit_of, grid = np.zeros_like(unit_of), Grid(1, len(placed))
    kernel = CellKernel(
        reading, store.weighing, unit_of, placed.code, grid, squares=squares,
        steps=() if store.replicates is not None else store.steps,
    )  # fmt: skip
    sums = store.fold(placed.keys, reading.columns, kernel)
    _refuse_gaps(reading.columns, sums, na)
    return _by_domain(store, placed, reading, sums, grid, keep=keep)


def _by_domain(store, placed: Placed, reading, sums: Sums, grid: Grid, *, keep: bool) -> Summed:
    """Add the cells of each domain; leave out those without a row of weight."""
    d, domain = len(placed), np.maximum(grid.at(np.arange(grid.size))[1], 0)
    added = {
        name: sums[name] if grid.size == d else add_up(domain, sums[name], d)
        for name in ("top", "below", "n")
    }
    squares = sums.get("squares")
    moments = [
        part.reshape(-1, d, part.shape[1])
        for name, part in sums.items()
        if name.startswith("moments_")
    ]
    cells = {name: sums[name] for name in ("top", "below", "rows", "held")}
    kept = np.bincount(domain, sums["rows"], minlength=d) > 0
    if not kept.all():
        placed = placed.only(kept)
        added = {name: part[kept] for name, part in added.items()}
        squares = None if squares is None else squares[kept]
        moments = [part[:, kept] for part in moments]
        grid, cells = _only(grid, kept, cells)
    whole = not (sums["gaps"].any() or sums["mixed"].any())
    if whole:
        added["below"], added["n"] = added["below"][:, :1], added["n"][:, :1]
    made = DomainSums(added["top"], added["below"], added["n"].astype(np.int64), squares)
    mixed = bool(sums["mixed"][0]) and not reading.listwise
    return Summed(
        store, placed, reading, made, moments, whole, mixed, cells if keep else None, grid
    )


def _only(grid: Grid, kept: NDArray[np.bool_], cells: Sums) -> tuple[Grid, Sums]:
    """The grid and cells of some of the domains."""
    if grid.domain_of is not None:
        place = np.where(kept, np.cumsum(kept) - 1, -1)
        return Grid(grid.n_units, int(kept.sum()), place[grid.domain_of]), cells
    some = {
        name: part.reshape(grid.n_units, grid.n_domains, *part.shape[1:])[:, kept].reshape(
            -1, *part.shape[1:]
        )
        for name, part in cells.items()
    }
    return Grid(grid.n_units, int(kept.sum())), some


def _refuse_gaps(columns: Sequence[str], sums: Sums, na: str) -> None:
    for name, infinite in zip(columns, sums["infinite"], strict=True):
        if infinite:
            raise EstimationError(
                "estimate.infinite",
                f"Column {name!r} is not finite in {int(infinite)} rows.",
                column=name,
                rows=int(infinite),
            )
    for name, missing in zip(columns, sums["gaps"], strict=True):
        if missing and na == "fail":
            raise EstimationError(
                "estimate.missing",
                f"Column {name!r} has {int(missing)} missing values.",
                hint="Name what to do: na='drop' or na='listwise'.",
                column=name,
                missing=int(missing),
            )


def again(found: Summed, reading: Reading) -> Summed:
    """The sums of another reading of the same rows."""
    made = summed(found.store, found.placed, reading, "drop")
    return replace(made, mixed=found.mixed)
