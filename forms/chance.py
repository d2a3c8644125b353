"""Chance that is the same for the same respondent: no state, only a seed that is handed in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#: Park and Miller's minimal standard generator.
_MODULUS, _FACTOR = 2147483647, 16807


def share(seed: str, call: str) -> float:
    """A number in [0, 1) from a respondent's seed and the place of the call."""
    return (_digest(seed, call) >> 75) / 2**53


def identifier(seed: str, call: str, length: float | None) -> str:
    """A version 4 UUID, or ``length`` letters and digits."""
    if length is None:
        return str(UUID(int=_digest(seed, call), version=4))
    n = int(length) if math.isfinite(length) and 0 < length <= 255 else 0
    return "".join(
        _LETTERS[_digest(seed, f"{call}\x1f{index}") % len(_LETTERS)] for index in range(n)
    )


def shuffled(items: Sequence[Any], seed: float) -> list[Any]:
    """The items in ODK's order for a seed: Fisher and Yates inside out, Park and Miller's numbers.

    Source: https://getodk.github.io/xforms-spec/#fn:randomize; Park and Miller (1988).
    """
    found: list[Any] = []
    number = int(seed) % _MODULUS if math.isfinite(seed) else 0
    if number <= 0:
        number += _MODULUS - 1
    for index, item in enumerate(items):
        number = number * _FACTOR % _MODULUS
        other = int((number - 1) / (_MODULUS - 1) * (index + 1))
        found.append(item)
        found[index], found[other] = found[other], item
    return found


def _digest(seed: str, call: str) -> int:
    return int.from_bytes(blake2b(f"{seed}\x1f{call}".encode(), digest_size=16).digest(), "big")
