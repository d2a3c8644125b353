"""Random numbers counted from another start, for waves that know each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analysis.errors import SamplingError
from analysis.sampling.frame import Coded


def turned(keys: NDArray[np.uint64], start: float) -> NDArray[np.uint64]:
    """Keys counted from another start: (key − ⌊start · 2**64⌋) mod 2**64.

    Raises SamplingError (``coordination.start``) unless 0 ≤ start < 1.
    Source: Ohlsson (1995), sec. 9.3 (shifting the starting point).
    """
    if not 0 <= start < 1:
        raise SamplingError(
            "coordination.start", f"The start {start:g} is not in [0, 1).", start=start
        )
    return keys - np.uint64(int(Fraction(start) * 2**64))


def turned_by_stratum(
    coded: Coded, keys: NDArray[np.uint64], starts: Mapping[str, float]
) -> NDArray[np.uint64]:
    """Keys of every unit counted from the start of its stratum; 0 where none is named.

    Raises SamplingError (``coordination.start``, ``coordination.stratum``: no such stratum).
    """
    given = {unicodedata.normalize("NFC", name): start for name, start in starts.items()}
    for name in sorted(set(given) - set(coded.names)):
        raise SamplingError(
            "coordination.stratum", f"There is no stratum {name!r} in the frame.", stratum=name
        )
    order = keys.copy()
    for h, name in enumerate(coded.names):
        if given.get(name, 0.0):
            inside = coded.codes == h
            order[inside] = turned(keys[inside], given[name])
    return order
