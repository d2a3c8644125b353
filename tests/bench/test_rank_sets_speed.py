"""How long simultaneous rank sets take beside working out every difference of every draw."""

from __future__ import annotations

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from analysis.estimation.rankdraws import draw_errors
from analysis.estimation.ranking import difference_sd, rank_sets

pytestmark = pytest.mark.bench
DRAWS = 10_000


def every_difference(x: np.ndarray, cov: np.ndarray) -> float:
    """The single-step critical value, one unit against all others at a time."""
    s, errors = difference_sd(cov), draw_errors(cov, DRAWS, 1)
    largest = np.zeros(DRAWS)
    for i in range(x.size - 1):
        d = np.abs(errors[i + 1 :] - errors[i]) / s[i, i + 1 :, None]
        np.maximum(largest, d.max(axis=0), out=largest)
    return float(np.quantile(largest, 0.95))


def seconds(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@pytest.mark.parametrize("units", [17, 200])
@pytest.mark.parametrize("shared", [0.0, 0.05], ids=["independent", "correlated"])
def test_rank_sets(units, shared):
    random = np.random.default_rng(1)
    x = random.normal(0, 2, units)
    cov = np.diag(random.uniform(0.3, 1.2, units) ** 2) + shared
    with threadpool_limits(1):
        ours = [seconds(lambda: rank_sets(x, cov, draws=DRAWS)) for _ in range(3)]
        all_pairs = seconds(lambda: every_difference(x, cov))
    median = sorted(ours)[1]
    print(
        f"\nrank sets, {units} units, {DRAWS} draws, step-down: {median:.3f} s; "
        f"one pass over every difference: {all_pairs:.3f} s ({all_pairs / median:.1f} x)"
    )
