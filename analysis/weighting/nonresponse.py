"""Non-response adjustment: respondents stand for the silent ones of their class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import DesignError


@dataclass(frozen=True, slots=True)
class ClassAdjustment:
    """One class: base weight issued, base weight of respondents, and their ratio."""

    label: str
    n_respondents: int
    issued: float
    responded: float
    factor: float


@dataclass(frozen=True, slots=True)
class Adjusted:
    """``weights`` (n,) in row order and the ``classes`` they were adjusted in."""

    weights: NDArray[np.float64]
    classes: tuple[ClassAdjustment, ...]


def adjust_by_class(
    weights: ArrayLike, classes: Sequence[str], issued: dict[str, float]
) -> Adjusted:
    """Weighting-class adjustment w1 = w0 · Σ w0 (issued) / Σ w0 (respondents) (F9).

    Parameters
    ----------
    weights : (n,) float
        Base weights of the respondents, > 0.
    classes : (n,) str
        Class of each respondent.
    issued : dict
        Class -> sum of base weights of all issued cases of the class, released reserves included.

    Returns
    -------
    Adjusted

    Raises
    ------
    DesignError
        ``nonresponse.empty_class`` (issued, but nobody responded: merge it first),
        ``nonresponse.unknown_class``, ``nonresponse.more_than_issued``.

    Notes
    -----
    Unbiased if, within a class, answering does not depend on the answer.
    Source: Oh and Scheuren (1983); Särndal and Lundström (2005), ch. 6.
    """
    w = np.asarray(weights, dtype=float)
    sums = pd.Series(w).groupby(pd.Series(list(classes), dtype=object)).agg(["sum", "size"])
    for label in sorted(set(sums.index) - set(issued)):
        raise DesignError(
            "nonresponse.unknown_class", f"Class {label!r} has no issued case.", cell=label
        )
    found = []
    for label in sorted(issued):
        if label not in sums.index:
            raise DesignError(
                "nonresponse.empty_class",
                f"Class {label!r}: cases were issued but nobody responded.",
                hint="Merge it with a neighbour (analysis.weighting.cells.collapse).",
                cell=label,
            )
        responded = float(sums.at[label, "sum"])
        if responded > issued[label] * (1 + 1e-9):
            raise DesignError(
                "nonresponse.more_than_issued",
                f"Class {label!r}: respondents weigh {responded:g}, issued cases {issued[label]:g}.",
                cell=label,
            )
        found.append(
            ClassAdjustment(
                label,
                int(sums.at[label, "size"]),
                issued[label],
                responded,
                issued[label] / responded,
            )
        )
    factor = {part.label: part.factor for part in found}
    return Adjusted(w * np.array([factor[c] for c in classes], dtype=float), tuple(found))
