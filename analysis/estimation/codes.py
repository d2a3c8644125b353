"""Whole-number codes of the categories in a column."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def compact(code: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Codes that occur, sorted, and the rows recoded to their places; −1 stays."""
    if not code.size:
        return code.astype(np.int64), code.astype(np.int32)
    low, high = int(code.min()), int(code.max())
    some = low < 0
    if some:
        low = int(np.min(code, where=code >= 0, initial=max(high, 0)))
    if high - low <= 8 * code.size + 1000:
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


def factorized(column: pd.Series) -> tuple[NDArray[np.int32], pd.Index]:
    """Code (n,) of each value, −1 where it is missing, and the values in sorted order."""
    if (index := _narrow(column)) is not None:
        present, code = compact(index)
        return code, pd.Index((present + _lowest(column)).astype(column.dtype))
    code, levels = pd.factorize(column, sort=True)
    return code.astype(np.int32), pd.Index(levels)


def recoded(column: pd.Series, place: Mapping[Any, int]) -> NDArray[np.int32]:
    """``place`` of each value (n,), −1 for values that it does not name and missing ones."""

    def table(levels) -> NDArray[np.int32]:
        return np.array([place.get(level, -1) for level in levels], dtype=np.int32)

    if (index := _narrow(column)) is not None:
        low = _lowest(column)
        return table(range(low, low + _width(column)))[index]
    code, levels = pd.factorize(column)
    return np.append(table(levels), np.int32(-1))[code]


def crossed(codes: list[NDArray[np.int32]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Code (n,) of the combinations that occur, and the codes (k, c) that each is made of.

    Combinations are in the order of their codes; no code is −1.
    """
    widths = [int(code.max(initial=0)) + 1 for code in codes]
    if len(codes) == 1:
        present, place = compact(codes[0])
        return place, present[None]
    if math.prod(widths) <= 4 * codes[0].size + 1000:
        combined = codes[0].copy()
        for code, width in zip(codes[1:], widths[1:], strict=True):
            combined = paired(combined, code, width)
        present, place = compact(combined)
        return place, np.array(np.unravel_index(present, widths))
    before, parts = crossed(codes[:-1])
    present, place = compact(paired(before, codes[-1], widths[-1]))
    first, last = np.divmod(present, widths[-1])
    return place, np.vstack([parts[:, first], last])


def paired(
    first: NDArray[np.integer], second: NDArray[np.integer], width: int
) -> NDArray[np.integer]:
    """first × width + second, (n,), in the shortest kind of number that holds it."""
    largest = (int(first.max(initial=0)) + 1) * width
    out = first.astype(np.int32 if largest <= np.iinfo(np.int32).max else np.int64)
    out *= width
    out += second
    return out


def _narrow(column: pd.Series) -> NDArray[np.integer] | None:
    """Values of a column of whole numbers less its lowest, if a table of their range is small."""
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "iu" or not len(column):
        return None
    values = column.to_numpy()
    if values.dtype == np.int8:
        return values.view(np.uint8) ^ np.uint8(128)
    if _width(column) > 4 * len(column) + 1000:
        return None
    if values.dtype.kind == "i":
        values = values.astype(np.int32 if values.itemsize < 4 else values.dtype)
    return values - values.min()


def _lowest(column: pd.Series) -> int:
    return -128 if column.dtype == np.int8 else int(column.min())


def _width(column: pd.Series) -> int:
    return 256 if column.dtype == np.int8 else int(column.max()) - int(column.min()) + 1
