"""Known totals for a stored design: calibration of margin cells, and trimming by passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.engines.kernel import TrimKernel, WeightKernel
from analysis.engines.protocol import Keys
from analysis.engines.store import Store, without_rows
from analysis.engines.weighing import Multiplied, StoredStep, Trimmed, moved, places
from analysis.errors import CalibrationError
from analysis.estimation.basis import Basis
from analysis.estimation.stages import as_list
from analysis.weighting.calibration import refuse_replicates
from analysis.weighting.raking import poststratified, raked
from analysis.weighting.residuals import make_step
from analysis.weighting.totals import calibrated
from analysis.weighting.trimming import read_bounds, trim_note


def poststratify(store: Store, strata: str | Sequence[str], totals: Mapping[Any, float]) -> Store:
    """See `SurveyDesign.poststratify`."""
    return _adjusted(store, as_list(strata), lambda basis: poststratified(basis, strata, totals))


def rake(store: Store, margins: Mapping, tol: float, max_iter: int) -> Store:
    """See `SurveyDesign.rake`."""
    columns = [name for key in margins for name in _columns(key)]
    return _adjusted(
        store, columns, lambda basis: raked(basis, margins, tol, max_iter), by_row=True
    )


def calibrate(store: Store, totals: Mapping, distance: str, bounds, tol, max_iter) -> Store:
    """See `SurveyDesign.calibrate`."""
    columns = [name for key in totals for name in _columns(key)]
    return _adjusted(
        store, columns, lambda basis: calibrated(basis, totals, distance, bounds, tol, max_iter)
    )


def trim(
    store: Store, lower: float | None, upper: float | None, redistribute: bool, strict: bool
) -> Store:
    """See `SurveyDesign.trim`; a pass for each round of sharing."""
    refuse_replicates(store)
    low, high = read_bounds(lower, upper)
    store, margins = _with_margins(store, [])
    inside, bounds = store.inside(margins), (low, high)
    shares: list[float] = []
    first_cut = 0
    for _ in range(1000):
        change = Trimmed(low, high, tuple(shares), False, inside)
        found = _trial(store, change)
        first_cut = first_cut or int(found["cut"])
        if not found["cut"]:
            break
        shares.append(found["excess"] / found["free"] if redistribute and found["free"] else 0.0)
        if not (strict and redistribute):
            break
    change = Trimmed(low, high, tuple(shares), strict, inside)
    end = _trial(store, change)
    lost = end["after"] - end["before"] if redistribute else 0.0
    note = trim_note(bounds, first_cut, int(end["changed"]), lost, end["total"])
    weighing = store.weighing.then(change)
    return replace(
        store, weighing=weighing, recipes=(), start=len(weighing.changes),
        notes=(*store.notes, note),
    )  # fmt: skip


def _trial(store: Store, change: Trimmed) -> dict[str, float]:
    kernel = TrimKernel(store.weighing.then(change), change)
    sums = store.fold(store.engine.keys(()), (), kernel)
    return {name: float(found[0]) for name, found in sums.items()}


def _columns(key: str | tuple[str, ...]) -> list[str]:
    return list(key) if isinstance(key, tuple) else [key]


def _with_margins(store: Store, columns: Sequence[str]) -> tuple[Store, Keys]:
    """The store with calibration keys that hold the columns too, and those of the conditions."""
    had = () if store.margins is None else store.margins.names
    names = list(dict.fromkeys([*had, *columns, *store.masked]))
    if store.margins is not None and set(names) == set(had):
        return store, store.margins
    kinds = store.engine.kinds()
    for name in names:
        if name not in kinds:
            raise CalibrationError(
                "calibrate.no_column", f"There is no column {name!r}.", column=name
            )
    made = store.engine.keys(names)
    if store.margins is None:
        return replace(store, margins=made), made
    place = places(made, store.margins)
    made_over = replace(
        store,
        margins=made,
        weighing=store.weighing.moved(place),
        steps=tuple(step.moved(place) for step in store.steps),
        recipes=tuple(replace(one, known=moved(one.known, place)) for one in store.recipes),
        outside=None if store.outside is None else store.outside[place],
    )
    return made_over, made


def _adjusted(
    store: Store, columns: Sequence[str], work: Callable[[Basis], Basis], *, by_row: bool = False
) -> Store:
    """Calibrate the cells as the rows of a small design; a g-weight belongs to a cell.

    ``by_row``: the projections of raking count rows, not weights.
    """
    refuse_replicates(store)
    store, margins = _with_margins(store, columns)
    kernel = WeightKernel(store.weighing, 2, len(margins))
    sums = store.fold(store.engine.keys(()), (), kernel)
    inside, weights = store.inside(margins), sums["total"].astype(float)
    basis = store.basis(margins.table, weights, inside)
    with without_rows():
        made = work(basis)
    before = np.where(inside, weights, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(before != 0, made.weights / before, 0.0)
    at = len(store.weighing.changes)
    held = np.where(inside & (factor > 0), sums["rows"], 0.0)
    steps = []
    for step in made.steps:
        inverse = make_step(step.known, held, held).inverse if by_row else step.inverse
        steps.append(StoredStep(step.known, None if by_row else at, at + 1, inverse))
    first = len(store.steps)
    return replace(
        store,
        weighing=store.weighing.then(Multiplied(factor)),
        steps=(*store.steps, *steps),
        sequence=(*store.sequence, *(first + place for place in made.sequence)),
        recipes=(*store.recipes, *made.recipes),
        outside=~inside if store.outside is None else store.outside | ~inside,
        notes=made.notes,
    )
