"""Counts of independent events with different probabilities, and of all but one of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def counts(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distribution of the number of events.

    Parameters
    ----------
    p : (B, N) float
        Probabilities of N independent events, for B cases.

    Returns
    -------
    (B, N + 1) float

    Source: Chen, Dempster and Liu (1994), sec. 2 (recursive product of the generating function).
    """
    made = np.zeros((p.shape[0], p.shape[1] + 1))
    made[:, 0] = 1.0
    for k in range(p.shape[1]):
        chance = p[:, k, None]
        made[:, 1 : k + 2] = made[:, 1 : k + 2] * (1 - chance) + made[:, : k + 1] * chance
        made[:, 0] *= 1 - p[:, k]
    return made


def without_each(made: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distributions of the number of events with one event left out, for each in turn.

    Parameters
    ----------
    made : (B, M + 1) float
        What `counts` gives for M events.
    p : (B, K) float
        Probabilities of K of these events.

    Returns
    -------
    (B, K, M) float

    Notes
    -----
    The generating function is divided by 1 − p + p x: from the lowest power up where p < ½, from
    the highest down otherwise, so that rounding errors shrink at every step.
    """
    size = made.shape[1] - 1
    up = np.zeros((*p.shape, size))
    down = np.zeros((*p.shape, size))
    with np.errstate(all="ignore"):
        up[..., 0] = made[:, None, 0] / (1 - p)
        for j in range(1, size):
            up[..., j] = (made[:, None, j] - p * up[..., j - 1]) / (1 - p)
        down[..., size - 1] = made[:, None, size] / p
        for j in range(size - 2, -1, -1):
            down[..., j] = (made[:, None, j + 1] - (1 - p) * down[..., j + 1]) / p
    return np.maximum(np.where((p < 0.5)[..., None], up, down), 0.0)
