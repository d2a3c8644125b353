"""The first pass: sums by domain, and by cell where all cells fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.engines.kernel import CellKernel
from analysis.engines.protocol import Sums
from analysis.engines.readings import Reading
from analysis.engines.store import Placed, Store
from analysis.errors import EstimationError
from analysis.estimation.columns import NA
from analysis.estimation.sums import DomainSums


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


def cell_bytes(reading: Reading, n_domains: int, *, whole: bool) -> int:
    """Bytes that the cells of one unit take."""
    k = 1 if whole else reading.width
    return 8 * n_domains * (reading.width + 2 * k + 2)


def summed(
    store: Store, placed: Placed, reading: Reading, na: str = "fail", *, squares: bool = False
) -> Summed:
    """Read all rows once.

    Raises EstimationError ``estimate.na``, ``estimate.infinite``, ``estimate.missing``,
    ``domain.empty``.
    """
    if na not in NA:
        raise EstimationError("estimate.na", f"Unknown na={na!r}.", hint=f"One of {NA}.", na=na)
    d = len(placed)
    unit_of, n_units = units(store)
    fits = n_units * cell_bytes(reading, d, whole=False) <= store.engine.budget
    keep = store.replicates is None and (fits or store.rows_apart)
    if not keep:
        unit_of, n_units = np.zeros_like(unit_of), 1
    kernel = CellKernel(
        reading, store.weighing, unit_of, n_units, placed.code, d, squares=squares,
        steps=() if store.replicates is not None else store.steps,
    )  # fmt: skip
    sums = store.fold(placed.keys, reading.columns, kernel)
    _refuse_gaps(reading.columns, sums, na)
    return _by_domain(store, placed, reading, sums, sums if keep else None, n_units)


def _by_domain(store, placed: Placed, reading, sums: Sums, cells, n_units: int) -> Summed:
    """Leave out domains without a row of weight, and add the cells of each."""
    d = len(placed)
    kept = sums["rows"].reshape(n_units, d).sum(axis=0) > 0
    if not kept.all():
        placed = placed.only(kept)
    added = {
        name: sums[name].reshape(n_units, d, -1)[:, kept].sum(axis=0)
        for name in ("top", "below", "n")
    }
    if cells is not None:
        cells = {name: sums[name].reshape(n_units, d, -1)[:, kept] for name in ("top", "below")} | {
            name: sums[name].reshape(n_units, d)[:, kept] for name in ("rows", "held")
        }
    squares = sums["squares"][kept] if "squares" in sums else None
    moments = [
        part.reshape(-1, d, part.shape[1])[:, kept]
        for name, part in sums.items()
        if name.startswith("moments_")
    ]
    whole = not (sums["gaps"].any() or sums["mixed"].any())
    if whole:
        added["below"], added["n"] = added["below"][:, :1], added["n"][:, :1]
    made = DomainSums(added["top"], added["below"], added["n"].astype(np.int64), squares)
    mixed = bool(sums["mixed"][0]) and not reading.listwise
    return Summed(store, placed, reading, made, moments, whole, mixed, cells)


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
