"""Times that were counted in octaves: bin k holds 2^k − 1 up to 2^(k + 1) − 1 seconds."""

from __future__ import annotations

from collections.abc import Mapping


def mean(bins: Mapping[int, int]) -> float | None:
    """Seconds on average, each bin at its geometric middle; None without any."""
    n = sum(bins.values())
    return sum((2 ** (k + 0.5) - 1) * count for k, count in bins.items()) / n if n else None


def median(bins: Mapping[int, int]) -> float | None:
    """The middle time in seconds, even over the logarithm within its bin; None without any."""
    half, before = sum(bins.values()) / 2, 0
    for k in sorted(bins):
        if bins[k] and before + bins[k] >= half:
            return 2 ** (k + (half - before) / bins[k]) - 1
        before += bins[k]
    return None
