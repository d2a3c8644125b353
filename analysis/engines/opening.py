"""From names of columns to a stored design: keys, stages, weights, each checked once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.engines.kernel import WeightKernel
from analysis.engines.protocol import Engine, Keys
from analysis.engines.store import Store, refuse_column, without_rows
from analysis.engines.weighing import Weighing
from analysis.errors import DesignError
from analysis.estimation.stages import (
    Stage,
    as_list,
    make_stages,
    population_counts,
    starting_weights,
)
from analysis.estimation.taylor import LONELY

Names = str | Sequence[str]


def open_store(
    engine: Engine,
    *,
    weights: str | None,
    strata: Names | None,
    psu: Names | None,
    fpc: Names | None,
    nest: bool,
    lonely: str,
    lonely_domains: bool,
) -> Store:
    """See `analysis.engines.stored.StoredDesign`."""
    if lonely not in LONELY:
        raise DesignError("design.lonely_option", f"Unknown {lonely!r}.", hint=f"One of {LONELY}.")
    strata, psu, fpc = as_list(strata), as_list(psu), as_list(fpc)
    kinds = engine.kinds()
    refuse_column(kinds, [*strata, *psu, *fpc, *as_list(weights)])
    if not fpc:  # later stages add nothing to the variance, and may be as many as rows
        strata, psu = strata[:1], psu[:1]
    keys = engine.keys([*strata, *psu, *fpc])
    if not keys.rows.sum():
        raise DesignError("design.empty", "There are no rows.")
    with without_rows():
        if psu:
            stages = make_stages(keys.table, strata=strata, psu=psu, fpc=fpc, nest=nest)
        else:
            stages = (_single_rows(keys, strata, fpc),)
    weighing = _weighing(weights, keys, stages)
    made = Store(engine, keys, stages, not psu, weighing, lonely, lonely_domains)
    _check_weights(made)
    return made


def _single_rows(keys: Keys, strata: list[str], fpc: list[str]) -> Stage:
    """The stage of a design whose rows are its clusters; ``cluster_of`` is the key's stratum."""
    bare = make_stages(keys.table, strata=strata, psu=None, fpc=fpc, nest=False)[0]
    stratum = bare.stratum_of[bare.cluster_of]
    drawn = np.bincount(stratum, keys.rows).astype(np.int64)
    count = keys.table[fpc[0]] if fpc else None
    population = population_counts(count, stratum, drawn, bare.labels)
    return Stage(stratum, np.arange(drawn.size), drawn, population, bare.labels)


def _weighing(name: str | None, keys: Keys, stages: tuple[Stage, ...]) -> Weighing:
    if name is not None:
        return Weighing(name)
    return Weighing(None, starting_weights(keys.table, None, stages))


def _check_weights(store: Store) -> None:
    none = store.engine.keys(())
    bad = int(store.fold(none, (), WeightKernel(store.weighing, 1, 1))["bad"][0])
    if bad:
        raise DesignError(
            "design.weight",
            f"{bad} weights of column {store.weighing.column!r} are not positive numbers.",
            hint="A row that must not count leaves by where(), not by its weight.",
            rows=bad,
        )
