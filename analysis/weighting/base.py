"""Base weights: the inverse of the probability with which a case came into the sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import DesignError


def base_weights(probability: ArrayLike, multiplicity: ArrayLike = 1) -> NDArray[np.float64]:
    """w0 = 1 / (π k).

    Parameters
    ----------
    probability : (n,) float
        First-order inclusion probabilities π, 0 < π ≤ 1; the product over the stages.
    multiplicity : int or (n,) int
        Number k ≥ 1 of frame entries through which the same target unit could be drawn.

    Returns
    -------
    (n,) float64
        In units of the population represented.

    Raises
    ------
    DesignError
        ``weights.probability``, ``weights.multiplicity``; facts name the row.

    Notes
    -----
    Source: Horvitz and Thompson (1952); multiplicity: Lavallée (2007), sec. 2.
    """
    pi = np.asarray(probability, dtype=float)
    bad = np.flatnonzero(~((pi > 0) & (pi <= 1)))
    if bad.size:
        raise DesignError(
            "weights.probability",
            f"Row {bad[0]}: {pi[bad[0]]} is not a probability in (0, 1].",
            row=int(bad[0]),
        )
    k = np.broadcast_to(np.asarray(multiplicity, dtype=float), pi.shape)
    bad = np.flatnonzero(~(np.isfinite(k) & (k >= 1)))
    if bad.size:
        raise DesignError(
            "weights.multiplicity",
            f"Row {bad[0]}: {k[bad[0]]} entries in the frame; at least 1 is meant.",
            row=int(bad[0]),
        )
    return 1.0 / (pi * k)
