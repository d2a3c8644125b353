"""What unequal weights cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def kish_deff(weights: ArrayLike) -> float:
    """Design effect of unequal weights: n Σw² / (Σw)² (F11).

    Parameters
    ----------
    weights : (n,) float
        Not negative, not all zero; zero weights do not count as respondents.

    Returns
    -------
    float
        1 for equal weights; NaN for none.

    Notes
    -----
    Source: Kish (1992), Weighting for unequal P_i.
    """
    w = np.asarray(weights, dtype=float)
    w = w[w > 0]
    if not w.size:
        return float("nan")
    return float(w.size * (w @ w) / w.sum() ** 2)


def effective_n(weights: ArrayLike) -> float:
    """Kish's effective sample size (Σw)² / Σw²; 0 for no weight."""
    w = np.asarray(weights, dtype=float)
    square = float(w @ w)
    return float(w.sum()) ** 2 / square if square else 0.0
