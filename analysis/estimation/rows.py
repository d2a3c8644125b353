"""What the estimators take from a frame: weights, values, domains, each checked once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import DesignError, EstimationError
from analysis.estimation.stages import Stage


def columns(
    frame: pd.DataFrame, inside: NDArray[np.bool_], names: list[str], na: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values (n, q) with 0 for missing ones, and which are present.

    ``inside`` (n,) marks the rows of the domain; ``na`` is ``fail``, ``drop`` or ``listwise``.
    Raises EstimationError ``estimate.na``, ``estimate.no_column``, ``estimate.missing``.
    """
    if na not in ("fail", "drop", "listwise"):
        raise EstimationError("estimate.na", f"Unknown na={na!r}.")
    for name in names:
        if name not in frame:
            raise EstimationError(
                "estimate.no_column", f"There is no column {name!r}.", column=name
            )
    values = frame[names].to_numpy(dtype=float, na_value=np.nan)
    present = np.isfinite(values)
    missing = inside & ~present.all(axis=1)
    if na == "fail" and missing.any():
        row = int(np.flatnonzero(missing)[0])
        name = names[int(np.flatnonzero(~present[row])[0])]
        raise EstimationError(
            "estimate.missing",
            f"Column {name!r} has no value in row {row}.",
            hint="Name what to do: na='drop' or na='listwise'.",
            column=name,
            row=row,
        )
    if na == "listwise":
        present = np.repeat(present.all(axis=1)[:, None], len(names), axis=1)
    return np.where(present, values, 0.0), present


def domains(
    frame: pd.DataFrame, inside: NDArray[np.bool_], names: list[str]
) -> list[tuple[tuple, NDArray[np.bool_]]]:
    """Keys and members (n,) of the domains that hold a row, in sorted order."""
    if not names:
        return [((), inside)]
    grouped = frame.loc[inside].groupby(names, sort=True, observed=True).indices
    rows = np.flatnonzero(inside)
    found = []
    for key, positions in grouped.items():
        member = np.zeros(len(frame), dtype=bool)
        member[rows[positions]] = True
        found.append((key if isinstance(key, tuple) else (key,), member))
    return found


def initial_weights(
    frame: pd.DataFrame, name: str | None, stages: tuple[Stage, ...]
) -> NDArray[np.float64]:
    """Weights (n,) of a column, or the inverse of the stages' sampling fractions without one.

    Raises DesignError ``design.weight``, ``design.no_column``; facts name the row.
    """
    if name is None:
        if not all(np.isfinite(stage.n_population).all() for stage in stages):
            raise DesignError(
                "design.weight", "Give weights, or population counts for every stage."
            )
        w = np.ones(len(frame))
        for stage in stages:
            w /= stage.fraction[stage.stratum_of[stage.cluster_of]]
        return w
    if name not in frame:
        raise DesignError("design.no_column", f"There is no column {name!r}.", column=name)
    w = frame[name].to_numpy(dtype=float)
    bad = np.flatnonzero(~(np.isfinite(w) & (w > 0)))
    if bad.size:
        raise DesignError(
            "design.weight",
            f"Row {bad[0]}: weight {w[bad[0]]} is not a positive number.",
            row=int(bad[0]),
            weight=float(w[bad[0]]),
        )
    return w


def srs_variance(w: NDArray, y: NDArray, mean: float) -> float:
    """Variance of the mean of a simple random sample without replacement of the same size."""
    n, size = w.size, w.sum()
    if n < 2:
        return float("nan")
    spread = float(w @ (y - mean) ** 2) / size * n / (n - 1)
    return spread * (size - n) / (size * n)
