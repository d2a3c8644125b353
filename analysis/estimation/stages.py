"""The sampling stages of a design as whole-number codes, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import DesignError
from analysis.estimation.codes import compact, factorized, paired


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: which cluster each row is in, and what each stratum drew from how many.

    Clusters are numbered in the order of their strata, and these in that of their parents.

    ``cluster_of`` (n,) runs over the clusters of the stage; ``stratum_of`` (c,) gives the stratum
    of each cluster (for later stages: the parent cluster crossed with the stage's stratum);
    ``n_drawn`` and ``n_population`` are by stratum, the latter infinite without correction.
    """

    cluster_of: NDArray[np.int64]
    stratum_of: NDArray[np.int64]
    n_drawn: NDArray[np.int64]
    n_population: NDArray[np.float64]
    #: Label of each stratum, for messages.
    labels: tuple[str, ...]

    @property
    def fraction(self) -> NDArray[np.float64]:
        """Sampling fraction of each stratum; 0 without a finite population correction."""
        return self.n_drawn / self.n_population


def as_list(names: str | Sequence[str] | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def make_stages(
    frame: pd.DataFrame,
    *,
    strata: str | Sequence[str] | None,
    psu: str | Sequence[str] | None,
    fpc: str | Sequence[str] | None,
    nest: bool,
) -> tuple[Stage, ...]:
    """Code the stages of a design.

    Parameters
    ----------
    frame : DataFrame
    strata, psu, fpc : column names by stage
        Without ``psu`` every row is its own cluster.  ``fpc`` holds population counts of clusters
        in the stratum, or sampling fractions at or below 1.
    nest : bool
        Whether PSU labels start again in each stratum.

    Raises
    ------
    DesignError
        ``design.missing_value``, ``design.psu_in_two_strata``, ``design.fpc_varies``,
        ``design.fpc_too_small``, ``design.fpc_stages``, ``design.fpc_not_positive``.
    """
    strata_names, psu_names, fpc_names = as_list(strata), as_list(psu), as_list(fpc)
    if fpc_names and len(fpc_names) < max(len(psu_names), 1):
        raise DesignError(
            "design.fpc_stages",
            f"{len(psu_names)} stages of clusters but {len(fpc_names)} population counts.",
            hint="Give one fpc column for each stage, or none.",
        )
    for name in (*strata_names, *psu_names, *fpc_names):
        _refuse_missing(frame, name)
    stages: list[Stage] = []
    parent = np.zeros(len(frame), dtype=np.int32)
    for level in range(max(len(psu_names), 1)):
        label = frame[strata_names[level]] if level < len(strata_names) else None
        cluster = frame[psu_names[level]] if psu_names else None
        count = frame[fpc_names[level]] if fpc_names else None
        stages.append(_stage(parent, label, cluster, count, nest=nest or level > 0))
        parent = stages[-1].cluster_of
    return tuple(stages)


def starting_weights(
    frame: pd.DataFrame, name: str | None, stages: tuple[Stage, ...]
) -> NDArray[np.float64]:
    """Weights (n,) of a column, or the inverse of the inclusion probabilities.

    Raises DesignError ``design.weight``, ``design.no_column``.
    """
    if name is None:
        if not all(np.isfinite(stage.n_population).all() for stage in stages):
            raise DesignError(
                "design.weight",
                "Without weights the inclusion probabilities are unknown.",
                hint="Give weights, or population counts (fpc) for every stage.",
            )
        w = np.ones(len(frame))
        for stage in stages:
            w /= stage.fraction[stage.stratum_of[stage.cluster_of]]
        return w
    if name not in frame:
        raise DesignError("design.no_column", f"There is no column {name!r}.", column=name)
    column = frame[name]
    if column.dtype == np.float64:
        w = column.to_numpy()  # not a copy
    else:
        numbers = pd.to_numeric(column, errors="coerce")
        w = numbers.to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(~(np.isfinite(w) & (w > 0)))
    if bad.size:
        raise DesignError(
            "design.weight",
            f"Row {bad[0]}: weight {frame[name].iloc[bad[0]]!r} is not a positive number.",
            hint="A row that must not count leaves by where(), not by its weight.",
            row=int(bad[0]),
            weight=float(w[bad[0]]),
            rows=bad.size,
        )
    return w


def _stage(
    parent: NDArray[np.int64],
    label: pd.Series | None,
    cluster: pd.Series | None,
    count: pd.Series | None,
    *,
    nest: bool,
) -> Stage:
    n = parent.size
    own, names = (np.zeros(n, np.int32), ["1"]) if label is None else factorized(label)
    stratum_row, stratum_keys = _pairs(parent, own)
    if cluster is None:
        cluster_of = _numbered(stratum_row)
    else:
        codes, levels = factorized(cluster)
        if nest:
            cluster_of, _ = _pairs(stratum_row, codes)
        else:  # of the first stage: its labels are its clusters
            _refuse_shared(codes, stratum_row, codes, levels)
            cluster_of = _by_stratum(codes, stratum_row, len(levels))
    n_clusters = int(cluster_of.max()) + 1 if n else 0
    stratum_of = np.zeros(n_clusters, dtype=np.int64)
    stratum_of[cluster_of] = stratum_row
    n_drawn = np.bincount(stratum_of, minlength=len(stratum_keys))
    labels = tuple(str(names[key]) for key in stratum_keys % len(names))
    population = population_counts(count, stratum_row, n_drawn, labels)
    return Stage(cluster_of, stratum_of, n_drawn, population, labels)


def _numbered(stratum_row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each row as a cluster of its own, numbered in the order of the strata."""
    if (stratum_row[1:] >= stratum_row[:-1]).all():
        return np.arange(stratum_row.size)
    cluster_of = np.empty(stratum_row.size, dtype=np.int64)
    cluster_of[np.argsort(stratum_row, kind="stable")] = np.arange(stratum_row.size)
    return cluster_of


def _by_stratum(
    codes: NDArray[np.int32], stratum_row: NDArray[np.int32], n_codes: int
) -> NDArray[np.int32]:
    """Clusters (n,) renumbered in the order of their strata."""
    stratum_of = np.zeros(n_codes, dtype=np.int32)
    stratum_of[codes] = stratum_row
    place = np.empty(n_codes, dtype=np.int32)
    place[np.argsort(stratum_of, kind="stable")] = np.arange(n_codes, dtype=np.int32)
    return place[codes]


def _pairs(first: NDArray, second: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes of the pairs that occur, and for each code its pair as first × width + second."""
    width = int(second.max()) + 1 if second.size else 1
    keys, codes = compact(paired(first, second, width))
    return codes, keys


def population_counts(
    count: pd.Series | None, stratum_row: NDArray, n_drawn: NDArray, labels: tuple[str, ...]
) -> NDArray[np.float64]:
    """Population counts (H,) from each row's count or fraction; see `make_stages`."""
    if count is None:
        return np.full(n_drawn.size, np.inf)
    values = count.to_numpy(dtype=float)
    if not (values > 0).all():
        row = int(np.flatnonzero(~(values > 0))[0])
        raise DesignError(
            "design.fpc_not_positive",
            f"Row {row}: the population count {values[row]} is not positive.",
            row=row,
        )
    low = np.full(n_drawn.size, np.inf)
    high = np.zeros(n_drawn.size)
    np.minimum.at(low, stratum_row, values)
    np.maximum.at(high, stratum_row, values)
    varying = np.flatnonzero(low != high)
    if varying.size:
        h = int(varying[0])
        raise DesignError(
            "design.fpc_varies",
            f"Stratum {labels[h]!r} has population counts from {low[h]} to {high[h]}.",
            stratum=labels[h],
        )
    # As a share of the population, 1 means that all were taken; counts are 1 or more.
    population = np.where((high <= 1).all(), n_drawn / high, high) if (high <= 1).all() else high
    short = np.flatnonzero(population < n_drawn - 1e-9)
    if short.size:
        h = int(short[0])
        raise DesignError(
            "design.fpc_too_small",
            f"Stratum {labels[h]!r}: {n_drawn[h]} clusters drawn from only {population[h]:g}.",
            stratum=labels[h],
            drawn=int(n_drawn[h]),
            population=float(population[h]),
        )
    return population


def _refuse_missing(frame: pd.DataFrame, name: str) -> None:
    if name not in frame:
        raise DesignError("design.no_column", f"There is no column {name!r}.", column=name)
    missing = np.flatnonzero(frame[name].isna().to_numpy())
    if missing.size:
        raise DesignError(
            "design.missing_value",
            f"Column {name!r} has {missing.size} missing values, the first in row {missing[0]}.",
            column=name,
            row=int(missing[0]),
        )


def _refuse_shared(
    cluster_of: NDArray, stratum_row: NDArray, codes: NDArray, levels: pd.Index
) -> None:
    low = np.full(cluster_of.max(initial=0) + 1, np.iinfo(np.int64).max)
    high = np.zeros(low.size, dtype=np.int64)
    np.minimum.at(low, cluster_of, stratum_row)
    np.maximum.at(high, cluster_of, stratum_row)
    shared = np.flatnonzero(low != high)
    if shared.size:
        row = int(np.flatnonzero(cluster_of == shared[0])[0])
        psu = levels[codes[row]]
        raise DesignError(
            "design.psu_in_two_strata",
            f"PSU {psu!r} is in two strata.",
            hint="Use nest=True if PSU labels start again in each stratum.",
            psu=psu,
        )
