"""Weights cut to bounds, what was cut shared among the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.errors import CalibrationError
from analysis.estimation.basis import Basis
from analysis.weighting.calibration import refuse_replicates


def trimmed(
    basis: Basis, lower: float | None, upper: float | None, redistribute: bool, strict: bool
) -> Basis:
    """See `SurveyDesign.trim`."""
    refuse_replicates(basis)
    low, high = read_bounds(lower, upper)
    used = basis.used
    w = trim_weights(basis.weights[used], low, high, redistribute=redistribute, strict=strict)
    after = basis.weights.copy()
    after[used] = w
    changed = int((w != basis.weights[used]).sum())
    cut = int(((basis.weights[used] < low) | (basis.weights[used] > high)).sum())
    lost = float(w.sum() - basis.weights[used].sum()) if redistribute else 0.0
    note = trim_note((low, high), cut, changed, lost, float(after.sum()))
    return replace(basis, weights=after, start=after, recipes=(), notes=(*basis.notes, note))


def read_bounds(lower: float | None, upper: float | None) -> tuple[float, float]:
    """Bounds with their defaults; raises CalibrationError ``trim.bounds``."""
    low = 0.0 if lower is None else float(lower)
    high = np.inf if upper is None else float(upper)
    if not 0 <= low < high:
        raise CalibrationError(
            "trim.bounds", f"Bounds {lower} to {upper} leave no room.", lower=lower, upper=upper
        )
    return low, high


def trim_note(
    bounds: tuple[float, float], cut: int, changed: int, lost: float, total: float
) -> str:
    """What was done; ``lost`` is what sharing could not give back to the ``total``."""
    note = f"trimmed to {bounds[0]:g}–{bounds[1]:g}: {cut} weights cut, {changed} changed"
    if abs(lost) > 1e-9 * total:
        note += f"; the sum of weights changed by {lost:.6g}: the bounds leave no room for it"
    return note


def trim_weights(
    weights: NDArray[np.float64], low: float, high: float, *, redistribute: bool, strict: bool
) -> NDArray[np.float64]:
    """Weights (n,) within bounds.

    Parameters
    ----------
    redistribute : bool
        Share what was cut equally among the weights that were never cut, so that the sum stays.
    strict : bool
        Cut again what sharing has pushed over a bound, until nothing is outside.

    Notes
    -----
    Where no weight is left to share with, all end at a bound and the sum changes.
    Source: Potter (1990), Proc. Survey Research Methods, ASA; the sharing is that of R's
    ``survey``.
    """
    out, settled = weights.copy(), np.zeros(weights.size, dtype=bool)
    while True:
        outside = (out < low) | (out > high)
        if not outside.any():
            break
        cut = np.clip(out, low, high)
        settled |= outside
        if redistribute and not settled.all():
            cut[~settled] += float((out - cut).sum()) / (~settled).sum()
        out = cut
        if not (strict and redistribute):
            break
    return np.clip(out, low, high) if strict else out
