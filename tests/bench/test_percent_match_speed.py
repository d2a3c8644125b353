"""How long it takes to find every form's most alike other one, beside a plain numpy comparison."""

from __future__ import annotations

import resource
import time

import numpy as np
import pytest

from analysis.quality.screening.percentmatch import percent_match

pytestmark = pytest.mark.bench


def plain(codes: np.ndarray) -> np.ndarray:
    """One row against all others at a time, byte by byte."""
    best = np.empty(len(codes))
    for i, row in enumerate(codes):
        share = (codes == row).mean(axis=1)
        share[i] = -1.0
        best[i] = share.max()
    return best


@pytest.mark.parametrize("n", [3_000, 10_000, 30_000])
def test_percent_match(n):
    codes = np.random.default_rng(1).integers(1, 6, (n, 25), dtype=np.uint8)
    begun = time.perf_counter()
    found = percent_match(codes)
    spent = time.perf_counter() - begun
    line = f"\npercent match, {n} forms of 25 items: {spent:.2f} s"
    if n <= 10_000:
        begun = time.perf_counter()
        naive = plain(codes)
        line += f", row by row {time.perf_counter() - begun:.2f} s"
        assert np.allclose(naive, found.share)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{line}; the process has used {peak:.0f} MB at most")
