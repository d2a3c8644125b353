"""Permanent random numbers: a unit's draw depends on its id and the public seed alone.

The rule, for anyone who writes it in another language:

1. Take the seed, the byte 0x1F and the unit's id, each text as NFC in UTF-8, in this order.
2. Compute BLAKE2b (RFC 7693) without key, salt or personalisation, with a digest of 8 bytes.
3. Read the 8 bytes as an unsigned whole number, the first byte being the most significant.
   This is the *key*.  Units are ordered by key; equal keys by the UTF-8 bytes of their ids.
4. The permanent random number is the key's upper 53 bits divided by 2**53.

Test vectors: seed "par-2026", id "10888-0001" and seed "xổ số 15/01/2024", id "GL-10888-00001"
give the keys 2621951873333447107 and 2934435361720472250.

Source: Ohlsson (1995), Coordination of samples using permanent random numbers; Aumasson and
others (2013) for BLAKE2.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from analysis.sampling import ids as texts
from analysis.sampling.blake2b import digests

SEPARATOR = b"\x1f"
#: Ids that are hashed together, and the fewest for which whole arrays are worth it.
_CHUNK = 32_768
_FEW = 512
#: A longer id is hashed alone, so that it does not widen the array of all others.
_LONG = 512


def permanent_random_keys(seed: str, ids: Sequence[str]) -> NDArray[np.uint64]:
    """The 64-bit key of each unit.

    Parameters
    ----------
    seed : str
        Public seed.
    ids : (N,) str
        Ids of the units: a sequence, an array or a pandas column of texts.

    Returns
    -------
    (N,) uint64

    Raises
    ------
    SamplingError
        ``prn.id``: an entry that is no text; facts name its row (from 0).

    Notes
    -----
    Hashed in whole arrays, chunk by chunk, on as many threads as there are processors; the
    result is that of hashing one id after the other.
    """
    given = texts.sequence(ids)
    prefix = texts.to_bytes(seed) + SEPARATOR
    found = np.empty(len(given), dtype=np.uint64)

    def work(start: int) -> None:
        stop = min(start + _CHUNK, len(given))
        found[start:stop] = _chunk(prefix, texts.encode(given[start:stop], row=start))

    starts = range(0, len(given), _CHUNK)
    if len(starts) < 2:
        for start in starts:
            work(start)
        return found
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for _ in threads.map(work, starts):
            pass
    return found


def permanent_random_numbers(seed: str, ids: Sequence[str]) -> NDArray[np.float64]:
    """The permanent random number of each unit, in [0, 1): the key's upper 53 bits over 2**53.

    ``seed`` and ``ids`` as in `permanent_random_keys`; the result has shape (N,).
    """
    return to_unit_interval(permanent_random_keys(seed, ids))


def to_unit_interval(keys: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Random numbers of keys: the upper 53 bits over 2**53."""
    return (keys >> np.uint64(11)).astype(np.float64) / 2.0**53


def _chunk(prefix: bytes, encoded: texts.Encoded) -> NDArray[np.uint64]:
    lengths = encoded.lengths
    if lengths.size < _FEW:
        return _one_by_one(prefix, encoded, range(lengths.size))
    keys = np.empty(lengths.size, dtype=np.uint64)
    short = lengths <= _LONG
    if short.all():
        return digests(prefix, encoded.matrix(), lengths)
    keys[short] = digests(prefix, encoded.matrix(short), lengths[short])
    keys[~short] = _one_by_one(prefix, encoded, np.flatnonzero(~short))
    return keys


def _one_by_one(prefix: bytes, encoded: texts.Encoded, rows: Iterable[int]) -> NDArray[np.uint64]:
    start = blake2b(prefix, digest_size=8)

    def digest(row: int) -> bytes:
        state = start.copy()
        state.update(encoded[row])
        return state.digest()

    return np.frombuffer(b"".join(map(digest, rows)), dtype=">u8").astype(np.uint64)
