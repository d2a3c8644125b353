"""Whole-number codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def compact(code: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Codes that occur, sorted, and the rows recoded to their places; −1 stays."""
    if not code.size:
        return code.astype(np.int64), code.astype(np.int32)
    low, high = int(code.min()), int(code.max())
    some = low < 0
    if some:
        low = int(np.min(code, where=code >= 0, initial=max(high, 0)))
    if high - low <= 32 * code.size + 1000:
        # The place after the last code stands for −1, which leads to it from either end.
        shifted = np.where(code < 0, -1, code - low) if some else code - low
        occurs = np.zeros(high - low + 2, dtype=bool)
        occurs[shifted] = True
        occurs[-1] = False
        present = np.flatnonzero(occurs)
        place = np.full(occurs.size, -1, dtype=np.int32)
        place[present] = np.arange(present.size, dtype=np.int32)
        return present + low, place[shifted]
    if not some:
        present, found = np.unique(code, return_inverse=True)
        return present, found.ravel().astype(np.int32)
    inside = code >= 0
    present, found = np.unique(code[inside], return_inverse=True)
    out = np.full(code.size, -1, dtype=np.int32)
    out[inside] = found.ravel()
    return present, out
