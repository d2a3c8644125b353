"""The units with the smallest keys of each stratum, without sorting the frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.sampling import ids as texts

_CHUNK = 1 << 17
_TOP = np.uint64(2**64 - 1)


@dataclass(frozen=True, eq=False, slots=True)
class Selected:
    """``rows`` of the frame by stratum, then rank; ``rank`` is 1, 2, … within the stratum."""

    rows: NDArray[np.int64]
    codes: NDArray[np.int64]
    rank: NDArray[np.int64]


def count_codes(codes: NDArray[np.integer], strata: int) -> NDArray[np.int64]:
    """Units of each stratum, N_h."""
    counts = np.zeros(strata, dtype=np.int64)
    for part in _parts(codes.size):
        counts += np.bincount(codes[part], minlength=strata)
    return counts


def smallest_keys(
    codes: NDArray[np.integer],
    keys: NDArray[np.uint64],
    take: NDArray[np.int64],
    ids: Sequence[str],
    counts: NDArray[np.int64] | None = None,
) -> Selected:
    """The ``take[h]`` units of each stratum h with the smallest keys, in the order of the keys.

    Parameters
    ----------
    codes : (N,) int
        Stratum of each unit, 0 … H − 1.
    keys : (N,) uint64
    take : (H,) int
        At most the units of the stratum.
    ids : (N,) str
        Consulted only where two keys are equal: the smaller UTF-8 bytes come first.
    counts : (H,) int
        Units of each stratum, where they are known already.

    Returns
    -------
    Selected

    Notes
    -----
    Keys are uniform, so almost all wanted ones lie below (take + a little) / N_h; only those are
    sorted.  A stratum in which too few lie below is looked through again with a wider limit.
    """
    size = count_codes(codes, take.size) if counts is None else counts
    rows = _candidates(codes, keys, take, size)
    order = np.lexsort((keys[rows], codes[rows]))
    rows = _settle_ties(rows[order], codes, keys, ids)
    stratum = codes[rows].astype(np.int64)
    first = np.searchsorted(stratum, np.arange(take.size))
    rank = np.arange(rows.size) - first[stratum] + 1
    kept = rank <= take[stratum]
    return Selected(rows[kept], stratum[kept], rank[kept])


def _candidates(
    codes: NDArray, keys: NDArray[np.uint64], take: NDArray[np.int64], size: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows whose key is at most their stratum's limit: all that are wanted, and a few more."""
    spread, found = 6.0, np.empty(0, dtype=np.int64)
    missing = take > 0
    while missing.any():
        limit = np.where(missing, _limits(take, size, spread), np.uint64(0))
        fresh = _below(codes, keys, limit)
        # Where nothing is missing the limit is zero, which a key may still equal.
        fresh = fresh[missing[codes[fresh]]]
        enough = np.bincount(codes[fresh], minlength=take.size) >= take
        found = np.concatenate([found, fresh[enough[codes[fresh]]]])
        missing &= ~enough
        spread *= 8
    return found


def _limits(take: NDArray[np.int64], size: NDArray[np.int64], spread: float) -> NDArray[np.uint64]:
    wide = take + spread * np.sqrt(take) + spread
    share = wide / np.maximum(size, 1)
    whole = share >= 1
    limit = (np.where(whole, 0.0, share) * 2.0**64).astype(np.uint64)
    return np.where(whole, _TOP, limit)


def _below(
    codes: NDArray, keys: NDArray[np.uint64], limit: NDArray[np.uint64]
) -> NDArray[np.int64]:
    found = [
        part.start + np.flatnonzero(keys[part] <= limit.take(codes[part]))
        for part in _parts(codes.size)
    ]
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def _settle_ties(
    rows: NDArray[np.int64], codes: NDArray, keys: NDArray[np.uint64], ids: Sequence[str]
) -> NDArray[np.int64]:
    key, code = keys[rows], codes[rows]
    equal = np.flatnonzero((key[1:] == key[:-1]) & (code[1:] == code[:-1]))
    if not equal.size:
        return rows
    rows = rows.copy()
    for run in np.split(equal, np.flatnonzero(np.diff(equal) > 1) + 1):
        part = slice(int(run[0]), int(run[-1]) + 2)
        rows[part] = sorted(rows[part], key=lambda row: texts.to_bytes(ids[row]))
    return rows


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK))
