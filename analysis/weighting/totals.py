"""Known totals of columns and categories, read into one calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import CalibrationError
from analysis.estimation.basis import Basis
from analysis.estimation.codes import crossed
from analysis.weighting.calibration import (
    DISTANCES,
    Bounds,
    Recipe,
    refuse_replicates,
    remember,
)
from analysis.weighting.raking import Margin, inside_weights, make_margin, require_filled
from analysis.weighting.residuals import Known, make_step


def calibrated(
    basis: Basis,
    totals: Mapping[Any, Any],
    distance: str,
    bounds: Bounds,
    tol: float,
    max_iter: int,
) -> Basis:
    """See `SurveyDesign.calibrate`."""
    refuse_replicates(basis)
    _check(totals, distance, bounds)
    before = inside_weights(basis)
    parts = [_read(basis, key, total) for key, total in totals.items()]
    pattern, codes = crossed([part.code for part in parts])
    sums = np.bincount(pattern, before, minlength=codes.shape[1])
    for part, code in zip(parts, codes, strict=True):
        if part.margin is not None:
            held = np.bincount(code, sums, minlength=part.margin.totals.size)
            require_filled(part.margin, held)
    tables = [part.table[code] for part, code in zip(parts, codes, strict=True)]
    known = Known(pattern, sparse.hstack(tables, format="csr"))
    wanted = np.concatenate([part.wanted for part in parts])
    labels = tuple(label for part in parts for label in part.labels)
    recipe = Recipe(known, wanted, distance, bounds, tol, max_iter, labels)
    after = before * recipe.ratios(sums)[pattern]
    names = ", ".join("×".join(k) if isinstance(k, tuple) else str(k) for k in totals)
    note = f"calibrated to {names} ({distance}{f', bounds {bounds}' if bounds else ''})"
    return remember(basis, after, recipe, [make_step(known, before, after)], note)


@dataclass(frozen=True, eq=False)
class _Part:
    """One entry of the totals: ``code`` (n,) of each row's value, ``table`` (values, p)."""

    code: NDArray[np.int32]
    table: sparse.csr_matrix
    wanted: NDArray[np.float64]
    labels: list[str]
    margin: Margin | None = None


def _read(basis: Basis, key: Any, total: Any) -> _Part:
    if not isinstance(total, Mapping | pd.Series):
        values = _auxiliary(basis, key, total)
        found, code = np.unique(values, return_inverse=True)
        table = sparse.csr_matrix(found[:, None])
        return _Part(code.ravel().astype(np.int32), table, np.array([float(total)]), [str(key)])
    margin = make_margin(basis.frame, list(key) if isinstance(key, tuple) else key, total)
    table = margin.columns(np.arange(margin.totals.size))
    return _Part(margin.code, table, margin.totals[margin.live], margin.labels, margin)


def _auxiliary(basis: Basis, name: str, total: float) -> NDArray[np.float64]:
    if name not in basis.frame:
        raise CalibrationError("calibrate.no_column", f"There is no column {name!r}.", column=name)
    if not isinstance(total, int | float | np.number) or not np.isfinite(total):
        raise CalibrationError(
            "calibrate.total", f"{name}: the total {total!r} is not a number.", margin=name
        )
    column = basis.frame[name]
    if column.dtype.kind not in "iufb":
        raise CalibrationError(
            "calibrate.not_numeric",
            f"Column {name!r} holds no numbers.",
            hint="Give its categories: {category: total}.",
            column=name,
        )
    values = column.to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(~np.isfinite(values) & basis.inside)
    if bad.size:
        raise CalibrationError(
            "calibrate.missing",
            f"Column {name!r} has no value in row {bad[0]} ({bad.size} missing).",
            hint="Impute it, or calibrate to something known of everyone.",
            column=name,
            row=int(bad[0]),
        )
    return np.where(basis.inside, values, 0.0)


def _check(totals: Mapping, distance: str, bounds: Bounds) -> None:
    if not totals:
        raise CalibrationError("calibrate.no_totals", "Name at least one total.")
    if distance not in DISTANCES:
        raise CalibrationError(
            "calibrate.distance", f"Unknown {distance!r}.", hint=f"One of {DISTANCES}."
        )
    if distance == "logit" and bounds is None:
        raise CalibrationError(
            "calibrate.bounds", "The logit distance needs bounds.", hint="For example (0.5, 2)."
        )
    if bounds is not None and not (bounds[0] < 1 < bounds[1] and np.isfinite(bounds).all()):
        raise CalibrationError(
            "calibrate.bounds",
            f"Bounds {bounds!r} on g-weights must lie on both sides of 1.",
            bounds=bounds,
        )
