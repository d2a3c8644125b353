"""What every weighting step asks of its arrays before it touches them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError


def as_weights(weights: ArrayLike, name: str = "weights") -> NDArray[np.float64]:
    """(n,) finite numbers, none below zero, at least one above it."""
    array = np.asarray(weights, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise AnalysisError(
            "weights.shape", f"{name} must be a column of numbers.", shape=array.shape
        )
    bad = np.flatnonzero(~np.isfinite(array) | (array < 0))
    if bad.size:
        raise AnalysisError(
            "weights.not_valid",
            f"{name}: {bad.size} of {array.size} are missing, infinite or below zero.",
            hint="A case out of the sample has weight 0, never a missing one.",
            rows=bad[:20].tolist(),
            n=int(bad.size),
        )
    if not array.any():
        raise AnalysisError("weights.all_zero", f"{name} are all zero.", n=int(array.size))
    return array


def as_labels(labels: ArrayLike, n: int, name: str = "classes") -> NDArray:
    """(n,) labels, none missing; the dtype stays, objects are compared as they are."""
    array = np.asarray(labels)
    if array.shape != (n,):
        raise AnalysisError(
            "weights.length", f"{name} has {array.shape}, the weights ({n},).", rows=n
        )
    missing = np.flatnonzero(array != array) if array.dtype.kind in "fO" else np.empty(0, int)
    if array.dtype.kind == "O":
        missing = np.union1d(missing, np.flatnonzero([label is None for label in array]))
    if missing.size:
        raise AnalysisError(
            "weights.class_missing",
            f"{name}: {missing.size} cases have no label.",
            hint="Give them a class of their own if that is what they are.",
            rows=missing[:20].tolist(),
            n=int(missing.size),
        )
    return array


def as_flags(flags: ArrayLike, n: int, name: str) -> NDArray[np.bool_]:
    """(n,) true or false; 0/1 will do, anything else will not."""
    array = np.asarray(flags)
    if array.shape != (n,):
        raise AnalysisError(
            "weights.length", f"{name} has {array.shape}, the weights ({n},).", rows=n
        )
    as_bool = array.astype(bool)
    if array.dtype != bool and not np.array_equal(as_bool.astype(float), array.astype(float)):
        raise AnalysisError("weights.not_a_flag", f"{name} must be true or false in every row.")
    return as_bool
