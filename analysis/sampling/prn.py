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

from collections import deque
from collections.abc import Sequence
from hashlib import blake2b
from itertools import repeat, starmap

import numpy as np
from numpy.typing import NDArray

from analysis.sampling import ids as texts

SEPARATOR = b"\x1f"
#: Ids that are hashed together: so many states stay in the processor's cache.
_CHUNK = 4096
_update, _digest = blake2b.update, blake2b.digest


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
    The ids are hashed chunk by chunk; each step runs over the whole chunk inside the interpreter's
    own loops, so that no Python code is run a row.  On short ids this is twice as fast as BLAKE2b
    written in whole-array operations, which move every intermediate word through memory.
    """
    given = texts.sequence(ids)
    start = blake2b(texts.to_bytes(seed) + SEPARATOR, digest_size=8)
    parts = []
    for first in range(0, len(given), _CHUNK):
        messages = texts.encode(given[first : first + _CHUNK], row=first)
        states = list(starmap(start.copy, repeat((), len(messages))))
        # A deque of no length runs the updates and keeps nothing.
        deque(map(_update, states, messages), maxlen=0)
        parts.append(b"".join(map(_digest, states)))
    return np.frombuffer(b"".join(parts), dtype=">u8").astype(np.uint64)


def permanent_random_numbers(seed: str, ids: Sequence[str]) -> NDArray[np.float64]:
    """The permanent random number of each unit, in [0, 1): the key's upper 53 bits over 2**53.

    ``seed`` and ``ids`` as in `permanent_random_keys`; the result has shape (N,).
    """
    return to_unit_interval(permanent_random_keys(seed, ids))


def to_unit_interval(keys: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Random numbers of keys: the upper 53 bits over 2**53."""
    return (keys >> np.uint64(11)).astype(np.float64) / 2.0**53
