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
    planes, complete = _planes(codes)
    n, k = np.asarray(codes).shape
    best = np.full(n, -1, dtype=_counts(k) if complete else np.float32)
    partner, compared = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.int64)
    if complete and k < max(minimum, 1):
        return PercentMatch(np.full(n, np.nan), partner, compared)
    for low in range(0, n, ROWS):
        rows = slice(low, min(low + ROWS, n))
        for left in range(low, n, COLUMNS):
            columns = slice(left, min(left + COLUMNS, n))
            if complete:
                score, both = _equal(planes[:, rows], planes[:, columns], k), None
            else:
                score, both = _shares(planes[:, rows], planes[:, columns], minimum)
            _leave_out_self(score, rows, columns)
            _keep_best(best, partner, compared, rows, columns, score, both)
            _keep_best(
                best, partner, compared, columns, rows, score.T, None if both is None else both.T
            )
    return _result(best, partner, compared, k if complete else None)


def _result(best, partner, compared, k: int | None) -> PercentMatch:
    known = partner >= 0
    if k is not None:
        compared = np.where(known, k, 0)
        equal = best.astype(np.float64)
    else:
        # The ratio again in double precision: 23 of 25 is 0.92 and not a neighbour of it.
        equal = np.round(best.astype(np.float64) * compared)
    return PercentMatch(np.where(known, equal / np.maximum(compared, 1), np.nan), partner, compared)


def crowd_match(codes: ArrayLike, size: int, *, minimum: int = 10) -> NDArray[np.float64]:
    """(n,) the ``size``-th largest share of equal answers with other rows; NaN without so many.

    Two people may agree by chance; a sheet that agrees with five others sits in a crowd.
    """
    planes, _ = _planes(codes)
    n = planes.shape[1]
    found = np.full(n, np.nan)
    if n <= size:
        return found
    for low in range(0, n, ROWS):
        rows = slice(low, min(low + ROWS, n))
        share, _ = _shares(planes[:, rows], planes, minimum)
        _leave_out_self(share, rows, slice(0, n))
        found[rows] = np.partition(share, n - size, axis=1)[:, n - size]
    return np.where(found < 0, np.nan, found)


def match_counts(codes: ArrayLike, others: ArrayLike, *, minimum: int = 10) -> NDArray[np.float32]:
    """(n, m) shares of equal answers between rows of two tables; −1 where too few are common."""
    return _shares(_planes(codes)[0], _planes(others)[0], minimum)[0]


def _planes(codes: ArrayLike) -> tuple[NDArray[np.unsignedinteger], bool]:
    """(4 words, n): three planes of the value and one of which items were answered, word by word.

    And whether every item was answered.  Up to 32 items a word has 32 bits: half as much to move.
    """
    given = np.asarray(codes)
    if given.ndim != 2 or not ((given >= 0) & (given <= MOST)).all():
        raise EstimationError("match.codes", f"Answers are a table of 0 … {MOST}.")
    n, k = given.shape
    bits, kind = (32, np.uint32) if k <= 32 else (64, np.uint64)
    words = max(-(-k // bits), 1)
    padded = np.zeros((n, words * bits), dtype=np.uint8)
    padded[:, :k] = given
    planes = [padded >> plane & 1 for plane in range(3)] + [padded > 0]
    packed = [
        np.packbits(plane.astype(np.uint8), axis=1, bitorder="little").view(kind)
        for plane in planes
    ]
    stacked = np.stack(packed).transpose(2, 0, 1).reshape(4 * words, n)
    return np.ascontiguousarray(stacked), bool((given > 0).all())


def _counts(k: int) -> type:
    """A type for counts of k items that also holds −1."""
    return np.int8 if k <= 127 else np.int16


def _differ(a: NDArray, b: NDArray) -> NDArray:
    """Bits of one word in which two rows differ, for all pairs."""
    differ = a[0][:, None] ^ b[0][None, :]
    other = a[1][:, None] ^ b[1][None, :]
    differ |= other
    np.bitwise_xor(a[2][:, None], b[2][None, :], out=other)
    differ |= other
    return differ


def _equal(a: NDArray, b: NDArray, k: int) -> NDArray[np.signedinteger]:
    """Equal answers of all pairs where nothing is missing."""
    kind = _counts(k)
    apart = sum(
        np.bitwise_count(_differ(a[w : w + 3], b[w : w + 3])).astype(kind, copy=False)
        for w in range(0, len(a), 4)
    )
    return np.subtract(k, apart, dtype=kind)


def _shares(
    a: NDArray, b: NDArray, minimum: int
) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
    """Shares of equal answers among the items both answered, −1 below ``minimum`` of them."""
    equal = both = 0
    for w in range(0, len(a), 4):
        shared = a[w + 3][:, None] & b[w + 3][None, :]
        n_shared = np.bitwise_count(shared)
        differ = _differ(a[w : w + 3], b[w : w + 3])
        differ &= shared
        n_equal = n_shared - np.bitwise_count(differ)
        if len(a) > 4:
            n_shared, n_equal = n_shared.astype(np.uint16), n_equal.astype(np.uint16)
        equal, both = equal + n_equal, both + n_shared
    share = equal.astype(np.float32)
    share /= np.maximum(both, 1)
    share[both < max(minimum, 1)] = -1.0
    return share, both


def _leave_out_self(score: NDArray, rows: slice, columns: slice) -> None:
    low, high = max(rows.start, columns.start), min(rows.stop, columns.stop)
    own = np.arange(low, high)
    score[own - rows.start, own - columns.start] = -1


def _keep_best(best, partner, compared, rows, columns, score, both) -> None:
    """Only rows that got better are looked at again: after the first blocks these are few."""
    better = np.flatnonzero(score.max(axis=1) > best[rows])
    if better.size == 0:
        return
    chosen = score[better]
    at = chosen.argmax(axis=1)
    best[rows][better] = chosen[np.arange(at.size), at]
    partner[rows][better] = at + columns.start
    if both is not None:
        compared[rows][better] = both[better, at]
