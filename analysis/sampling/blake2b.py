"""BLAKE2b of many short messages at once, bit for bit what hashlib gives, in whole arrays.

Only what the permanent random numbers need: no key, salt or personalisation, digests of 8 bytes.

Source: RFC 7693 (2015), secs. 2 and 3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK = 128
#: Messages that are worked on together: their 16 + 16 words of 64 bits stay in the cache.
_BATCH = 4096
_IV = np.array(
    [
        0x6A09E667F3BCC908,
        0xBB67AE8584CAA73B,
        0x3C6EF372FE94F82B,
        0xA54FF53A5F1D36F1,
        0x510E527FADE682D1,
        0x9B05688C2B3E6C1F,
        0x1F83D9ABFB41BD6B,
        0x5BE0CD19137E2179,
    ],
    dtype=np.uint64,
)
_SIGMA = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
    (11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
    (7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
    (9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
    (2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
    (12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
    (13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
    (6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
    (10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
)
_ROUNDS = (*_SIGMA, *_SIGMA[:2])
#: h_0 for a digest of 8 bytes without a key: IV_0 ^ 0x01010008.
_START = _IV.copy()
_START[0] ^= np.uint64(0x01010008)


def digests(
    prefix: bytes, messages: NDArray[np.uint8], lengths: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """First 8 bytes of BLAKE2b (digest size 8) of prefix ‖ message, most significant byte first.

    Parameters
    ----------
    prefix : bytes
        What every message begins with.
    messages : (N, L) uint8
        The rest of each message; what lies beyond its length is zero.
    lengths : (N,) int
        Bytes of each message's rest.

    Returns
    -------
    (N,) uint64

    >>> from hashlib import blake2b
    >>> made = digests(b"ab", np.frombuffer(b"c", np.uint8)[None, :], np.array([1]))
    >>> int(made[0]) == int.from_bytes(blake2b(b"abc", digest_size=8).digest(), "big")
    True
    """
    found = np.empty(lengths.size, dtype=np.uint64)
    for start in range(0, lengths.size, _BATCH):
        part = slice(start, start + _BATCH)
        found[part] = _batch(prefix, messages[part], lengths[part])
    return found.byteswap()


def _batch(
    prefix: bytes, messages: NDArray[np.uint8], lengths: NDArray[np.int64]
) -> NDArray[np.uint64]:
    total = lengths + len(prefix)
    blocks = np.maximum(-(-total // BLOCK), 1)
    width = int(blocks.max()) * BLOCK
    text = np.zeros((lengths.size, width), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix, dtype=np.uint8)
    used = min(messages.shape[1], width - len(prefix))
    text[:, len(prefix) : len(prefix) + used] = messages[:, :used]
    words = text.view("<u8").astype(np.uint64, copy=False)
    state = np.repeat(_START[:, None], lengths.size, axis=1)
    for b in range(int(blocks.max())):
        here = np.flatnonzero(blocks > b)
        last = blocks[here] == b + 1
        count = np.where(last, total[here], (b + 1) * BLOCK).astype(np.uint64)
        block = np.ascontiguousarray(words[here, 16 * b : 16 * (b + 1)].T)
        state[:, here] = _compress(state[:, here], block, count, last)
    return state[0]


def _compress(
    state: NDArray[np.uint64],
    block: NDArray[np.uint64],
    count: NDArray[np.uint64],
    last: NDArray[np.bool_],
) -> NDArray[np.uint64]:
    """RFC 7693, sec. 3.2: rows of ``state`` (8, n) and ``block`` (16, n) are 64-bit words."""
    n = count.size
    a, b, c, d = (
        state[:4].copy(),
        state[4:].copy(),
        np.empty((4, n), np.uint64),
        np.empty((4, n), np.uint64),
    )
    c[:], d[:] = _IV[:4, None], _IV[4:, None]
    d[0] ^= count
    d[2] ^= np.where(last, ~np.uint64(0), np.uint64(0))
    # A word that is zero in every message changes nothing: short messages leave most of them.
    words = [word if word.any() else None for word in block]
    spare = np.empty((4, n), np.uint64)
    moved = np.empty((4, n), np.uint64)
    for order in _ROUNDS:
        _mix(a, b, c, d, words, order[:8], spare)
        b, c, d, moved = _rolled(b, 1, moved), _rolled(c, 2, b), _rolled(d, 3, c), d
        _mix(a, b, c, d, words, order[8:], spare)
        b, c, d, moved = _rolled(b, 3, moved), _rolled(c, 2, b), _rolled(d, 1, c), d
    return state ^ np.concatenate([a ^ c, b ^ d])


def _mix(
    a: NDArray[np.uint64],
    b: NDArray[np.uint64],
    c: NDArray[np.uint64],
    d: NDArray[np.uint64],
    words: list[NDArray[np.uint64] | None],
    order: tuple[int, ...],
    spare: NDArray[np.uint64],
) -> None:
    """Four of the mixing functions G side by side, one a row."""
    for half, (first, second) in enumerate(((32, 24), (16, 63))):
        a += b
        for row in range(4):
            word = words[order[2 * row + half]]
            if word is not None:
                a[row] += word
        d ^= a
        _rotate(d, first, spare)
        c += d
        b ^= c
        _rotate(b, second, spare)


def _rotate(words: NDArray[np.uint64], right: int, spare: NDArray[np.uint64]) -> None:
    np.left_shift(words, np.uint64(64 - right), out=spare)
    np.right_shift(words, np.uint64(right), out=words)
    words |= spare


def _rolled(rows: NDArray[np.uint64], by: int, into: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Rows moved up, written over an array that is no longer needed."""
    into[: 4 - by] = rows[by:]
    into[4 - by :] = rows[:by]
    return into
