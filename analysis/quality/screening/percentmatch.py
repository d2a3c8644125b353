"""For every answer sheet the most alike other one, on bit planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError

#: Rows compared at once with a block of rows: both planes and products stay in the L2 cache.
ROWS, COLUMNS = 64, 1024
#: Categories 1 … 7 in three planes; 0 is a missing answer.
MOST = 7


@dataclass(frozen=True, slots=True)
class PercentMatch:
    """For each row the largest share of equal answers with any other row.

    ``share`` NaN and ``partner`` −1 where no other row has enough items in common; ``compared``
    is the number of items that both answered.
    """

    share: NDArray[np.float64]
    partner: NDArray[np.int64]
    compared: NDArray[np.int64]


def percent_match(codes: ArrayLike, *, minimum: int = 10) -> PercentMatch:
    """Kuriakose and Robbins' percent match, M_i = max over j ≠ i of the share of equal answers.

    Parameters
    ----------
    codes : (n, k) int
        Answers 1 … 7, 0 where missing.  Items that either row left out are not compared.
    minimum : int
        Fewest items in common; a pair with fewer says nothing.

    Raises
    ------
    EstimationError
        ``match.codes``: not a table, or a value outside 0 … 7.

    Notes
    -----
    Three bit planes of an answer stand in words of 64 items; two rows differ in an item where any
    plane does, so a pair costs a few XOR, OR and popcounts.  Time n² k / 64; memory is that
    of a block of 64 × 1024 pairs besides the planes, whatever n.
    Source: Kuriakose & Robbins (2016), Statistical Journal of the IAOS 32, 283–291.
    """
    planes = _planes(codes)
    n = planes.shape[0]
    best = np.full(n, -1.0, dtype=np.float32)
    partner, compared = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for low in range(0, n, ROWS):
        rows = slice(low, min(low + ROWS, n))
        for left in range(low - low % ROWS, n, COLUMNS):
            columns = slice(left, min(left + COLUMNS, n))
            share, both = _pairs(planes[rows], planes[columns], minimum)
            _leave_out_self(share, rows, columns)
            _keep_best(best, partner, compared, rows, columns, share, both)
            _keep_best(best, partner, compared, columns, rows, share.T, both.T)
    found = np.where(best < 0, np.nan, best.astype(np.float64))
    # The ratio again in double precision: 23 of 25 is 0.92 and not a neighbour of it.
    exact = np.round(found * compared) / np.maximum(compared, 1)
    return PercentMatch(np.where(np.isnan(found), np.nan, exact), partner, compared)


def crowd_match(codes: ArrayLike, size: int, *, minimum: int = 10) -> NDArray[np.float64]:
    """(n,) the ``size``-th largest share of equal answers with other rows; NaN without so many.

    Two people may agree by chance; a sheet that agrees with five others sits in a crowd.
    """
    planes = _planes(codes)
    n = planes.shape[0]
    found = np.full(n, np.nan)
    if n <= size:
        return found
    for low in range(0, n, ROWS):
        rows = slice(low, min(low + ROWS, n))
        share, _ = _pairs(planes[rows], planes, minimum)
        _leave_out_self(share, rows, slice(0, n))
        found[rows] = np.partition(share, n - size, axis=1)[:, n - size]
    return np.where(found < 0, np.nan, found)


def match_counts(codes: ArrayLike, others: ArrayLike, *, minimum: int = 10) -> NDArray[np.float32]:
    """(n, m) shares of equal answers between rows of two tables; −1 where too few are common."""
    return _pairs(_planes(codes), _planes(others), minimum)[0]


def _planes(codes: ArrayLike) -> NDArray[np.uint64]:
    """(n, 4, words): three planes of the value and one that says which items were answered."""
    given = np.asarray(codes)
    if given.ndim != 2 or not ((given >= 0) & (given <= MOST)).all():
        raise EstimationError("match.codes", f"Answers are a table of 0 … {MOST}.")
    n, k = given.shape
    words = -(-k // 64)
    padded = np.zeros((n, words * 64), dtype=np.uint8)
    padded[:, :k] = given
    bits = [padded >> plane & 1 for plane in range(3)] + [padded > 0]
    packed = [
        np.packbits(plane.astype(np.uint8), axis=1, bitorder="little").view(np.uint64)
        for plane in bits
    ]
    return np.ascontiguousarray(np.stack(packed, axis=1))


def _pairs(
    a: NDArray[np.uint64], b: NDArray[np.uint64], minimum: int
) -> tuple[NDArray[np.float32], NDArray[np.uint16]]:
    equal = both = None
    for word in range(a.shape[2]):
        x, y = a[:, :, word], b[:, :, word]
        differ = x[:, None, 0] ^ y[None, :, 0]
        differ |= x[:, None, 1] ^ y[None, :, 1]
        differ |= x[:, None, 2] ^ y[None, :, 2]
        shared = x[:, None, 3] & y[None, :, 3]
        n_shared = np.bitwise_count(shared).astype(np.uint16)
        shared &= ~differ
        n_equal = np.bitwise_count(shared).astype(np.uint16)
        equal = n_equal if equal is None else equal + n_equal
        both = n_shared if both is None else both + n_shared
    share = np.divide(equal, np.maximum(both, 1), dtype=np.float32)
    share[both < max(minimum, 1)] = -1.0
    return share, both


def _leave_out_self(share: NDArray[np.float32], rows: slice, columns: slice) -> None:
    low, high = max(rows.start, columns.start), min(rows.stop, columns.stop)
    own = np.arange(low, high)
    share[own - rows.start, own - columns.start] = -1.0


def _keep_best(best, partner, compared, rows, columns, share, both) -> None:
    at = share.argmax(axis=1)
    top = share[np.arange(at.size), at]
    better = top > best[rows]
    best[rows][better] = top[better]
    partner[rows][better] = at[better] + columns.start
    compared[rows][better] = both[np.arange(at.size), at][better]
