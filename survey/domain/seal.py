"""A sealed record: a list of answers' hashes that anybody can keep, and one number for all of it.

The hash of an answer is made of what is stored and of the digest of its receipt.  Nobody but the
holder of the code and this installation knows that digest, so that the short answers behind a hash
cannot be guessed from it.  Hashes are published sorted: the list has no order to read.

Source: RFC 6962 section 2.1 (Merkle tree hash; 0x00 before a leaf, 0x01 before a node).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any


def leaf(stored: Mapping[str, Any], receipt_digest: bytes) -> bytes:
    """The hash of one stored answer: 32 bytes."""
    content = json.dumps(stored, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(b"\x00" + receipt_digest + content.encode()).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash over the leaves in ascending order; of none, the hash of nothing."""
    level = sorted(leaves)
    return _tree(level) if level else sha256(b"").digest()


def _tree(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + _tree(leaves[:split]) + _tree(leaves[split:])).digest()
