"""Known totals of columns and categories, read into one calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import CalibrationError
from analysis.estimation.basis import Basis
from analysis.weighting.calibration import (
    DISTANCES,
    Bounds,
    Recipe,
    pattern_of,
    refuse_replicates,
    remember,
)
from analysis.weighting.raking import make_margin, require_filled
from analysis.weighting.residuals import indicators, make_step


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
    before = np.where(basis.inside, basis.weights, 0.0)
    parts, wanted, codes, labels = [], [], [], []
    for key, total in totals.items():
        if isinstance(total, Mapping):
            columns = list(key) if isinstance(key, tuple) else key
            margin = make_margin(basis.frame, columns, total)
            require_filled(margin, before)
            live = margin.totals > 0
            parts.append(indicators(margin.code, margin.totals.size)[:, live])
            wanted.append(margin.totals[live])
            codes.append(margin.code)
            labels += [
                f"{margin.name}={name}"
                for name, value in zip(margin.keys, margin.totals, strict=True)
                if value > 0
            ]
        else:
            values = _auxiliary(basis, key, total)
            parts.append(sparse.csr_matrix(values[:, None]))
            wanted.append(np.array([float(total)]))
            codes.append(np.unique(values, return_inverse=True)[1].ravel())
            labels.append(str(key))
    known = sparse.hstack(parts, format="csr")
    recipe = Recipe(
        known, np.concatenate(wanted), distance, bounds, pattern_of(codes), tol, max_iter,
        tuple(labels),
    )  # fmt: skip
    after = before * recipe.ratios_of_rows(before)
    names = ", ".join("×".join(k) if isinstance(k, tuple) else str(k) for k in totals)
    note = f"calibrated to {names} ({distance}{f', bounds {bounds}' if bounds else ''})"
    return remember(basis, after, recipe, [make_step(known, before, after)], note)


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
