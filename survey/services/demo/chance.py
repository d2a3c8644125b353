"""Chance that is the same on every machine: each number depends on its words alone."""

from __future__ import annotations

from hashlib import blake2b

SEED = "cam-giang-synthetic-2023"


def uniform(*words: object) -> float:
    """A number in [0, 1) that belongs to these words."""
    text = "\x1f".join(map(str, (SEED, *words)))
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest(), "big") / 2**56


def choose(weights: dict[str, float], *words: object) -> str:
    """A key, with probability in proportion to its weight."""
    left = uniform(*words) * sum(weights.values())
    for key, weight in weights.items():
        left -= weight
        if left < 0:
            return key
    return key
