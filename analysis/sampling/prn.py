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

import unicodedata
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

SEPARATOR = b"\x1f"


def permanent_random_keys(seed: str, ids: Sequence[str]) -> NDArray[np.uint64]:
    """The 64-bit key of each unit.

    Parameters
    ----------
    seed : str
        Public seed.
    ids : (N,) str
        Ids of the units.

    Returns
    -------
    (N,) uint64
    """
    start = blake2b(_bytes(seed) + SEPARATOR, digest_size=8)

    def digest(unit_id: str) -> bytes:
        state = start.copy()
        state.update(_bytes(unit_id))
        return state.digest()

    return np.frombuffer(b"".join(map(digest, ids)), dtype=">u8").astype(np.uint64)


def permanent_random_numbers(seed: str, ids: Sequence[str]) -> NDArray[np.float64]:
    """The permanent random number of each unit, in [0, 1): the key's upper 53 bits over 2**53.

    ``seed`` and ``ids`` as in `permanent_random_keys`; the result has shape (N,).
    """
    return (permanent_random_keys(seed, ids) >> np.uint64(11)).astype(np.float64) / 2.0**53


def _bytes(text: str) -> bytes:
    return unicodedata.normalize("NFC", text).encode()
