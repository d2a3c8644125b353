"""The one step all class adjustments share: some cases carry the weight of all."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError
from analysis.weighting.collapsing import Collapsed
from analysis.weighting.diagnostics import ClassDiagnostics
from analysis.weighting.inputs import as_labels


def factors_by_class(
    weights: NDArray[np.float64],
    carries: NDArray[np.bool_],
    classes: ArrayLike | Collapsed,
    what: str,
) -> tuple[NDArray[np.float64], tuple[ClassDiagnostics, ...]]:
    """Give the weight of each class to the cases that carry it; the others get 0.

    Rows of weight 0 are out of the sample: they are neither counted nor asked to carry.
    ``what`` names a carrying case in the error ``weighting.empty_class``.
    """
    labels = classes.labels if isinstance(classes, Collapsed) else classes
    names, of = np.unique(as_labels(labels, weights.size), return_inverse=True)
    present = weights > 0
    carries = carries & present
    everyone = np.bincount(of, weights, names.size)
    carried = np.bincount(of, weights * carries, names.size)
    _refuse_empty(names, of, present, everyone, carried, what)
    factor = np.divide(everyone, carried, out=np.ones(names.size), where=carried > 0)
    n_all = np.bincount(of[present], minlength=names.size)
    n_carry = np.bincount(of[carries], minlength=names.size)
    diagnostics = tuple(
        ClassDiagnostics(*row)
        for row in zip(
            names.tolist(),
            n_all.tolist(),
            n_carry.tolist(),
            everyone.tolist(),
            carried.tolist(),
            factor.tolist(),
            strict=True,
        )
        if row[1]
    )
    return weights * carries * factor[of], diagnostics


def _refuse_empty(names, of, present, everyone, carried, what: str) -> None:
    empty = np.flatnonzero((everyone > 0) & (carried == 0))
    if empty.size:
        counts = np.bincount(of[present], minlength=names.size)
        raise AnalysisError(
            "weighting.empty_class",
            f"Class {names[empty[0]]!r} holds {counts[empty[0]]} sampled cases and not {what}.",
            hint="Collapse it with its neighbours (collapse) and give the result as classes.",
            classes=names[empty].tolist(),
            n_sampled=counts[empty].tolist(),
        )
