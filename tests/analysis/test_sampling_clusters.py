"""Sizes of two-stage samples and of reserves: against all samples, and no larger than needed."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import binom

from analysis.errors import SamplingError
from analysis.sampling import clusters, reserve
from analysis.sampling.clusters import Clusters
from analysis.sampling.planning import quantile

VILLAGES = np.array([[1.0, 2, 4], [5, 5, 6], [0, 3, 1], [2, 2, 7]])


def population() -> Clusters:
    spread = VILLAGES.var()
    inside = VILLAGES.var(axis=1).mean()
    return Clusters(count=4, size=3, icc=1 - 3 / 2 * inside / spread, sd=np.sqrt(spread))


@pytest.mark.parametrize(("m", "b"), [(1, 1), (2, 1), (2, 2), (3, 3), (4, 2)])
def test_the_margin_is_that_of_all_two_stage_samples(m, b):
    means = []
    for chosen in combinations(range(4), m):
        for inside in product(combinations(range(3), b), repeat=m):
            means.append(
                np.mean([VILLAGES[c, list(i)].mean() for c, i in zip(chosen, inside, strict=True)])
            )
    margin = clusters.two_stage_margin(population(), m, b)
    assert margin == pytest.approx(quantile(0.95) * np.std(means), rel=1e-10)


def test_the_fewest_clusters_that_reach_the_margin():
    villages = Clusters(count=112, size=160, icc=0.05)
    made = clusters.two_stage_sample(villages, margin=0.05, take=12)
    assert made.margin <= 0.05 < clusters.two_stage_margin(villages, made.clusters - 1, 12)
    assert made.answers == made.clusters * 12
    # Few of many clusters: the textbook's 1 + (b − 1) ρ.
    wide = Clusters(count=10**6, size=10**4, icc=0.05)
    assert clusters.two_stage_sample(wide, margin=0.05, take=12).deff == pytest.approx(
        clusters.cluster_deff(12, 0.05), rel=1e-3
    )


def test_the_best_take_is_the_cheapest():
    villages = Clusters(count=10**6, size=10**4, icc=0.04)
    best = clusters.two_stage_sample(villages, margin=0.02, cost_cluster=50, cost_case=2)
    assert best.take == round(clusters.best_take(50, 2, 0.04)) == 24
    for take in (best.take - 8, best.take + 8):
        other = clusters.two_stage_sample(
            villages, margin=0.02, take=take, cost_cluster=50, cost_case=2
        )
        assert other.cost > best.cost
    assert clusters.best_take(50, 2, 0.0) == np.inf


def test_reserves_are_the_fewest_that_give_the_assurance():
    for answers, main, rate in ((48, 60, 0.8), (96, 96, 0.6), (10, 40, 0.5)):
        more = reserve.reserve_cases(answers, main, response_rate=rate, available=1000)
        assert binom.sf(answers - 1, main + more, rate) >= 0.95
        assert more == 0 or binom.sf(answers - 1, main + more - 1, rate) < 0.95
    assert reserve.reserve_cases(30, 30, response_rate=1.0, available=30) == 0


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: Clusters(count=1, size=5, icc=0.1), "clusters.population"),
        (lambda: Clusters(count=9, size=float("nan"), icc=0.1), "clusters.population"),
        (lambda: Clusters(count=9, size=5, icc=-0.5), "clusters.icc"),
        (lambda: Clusters(count=9, size=5, icc=0.1, p=1.0), "clusters.spread"),
        (lambda: clusters.cluster_deff(0, 0.1), "clusters.take"),
        (lambda: clusters.best_take(1, 0, 0.1), "clusters.cost"),
        (lambda: clusters.two_stage_margin(population(), 5, 1), "clusters.take"),
        (lambda: clusters.two_stage_sample(population(), margin=0), "clusters.margin"),
        (
            lambda: clusters.two_stage_sample(population(), margin=0.1, take=1),
            "clusters.out_of_reach",
        ),
        (lambda: reserve.reserve_cases(5, 5, response_rate=0, available=9), "reserve.rate"),
        (
            lambda: reserve.reserve_cases(5, 5, response_rate=0.5, assurance=1, available=9),
            "reserve.assurance",
        ),
        (lambda: reserve.reserve_cases(5, 10, response_rate=0.5, available=9), "reserve.size"),
        (
            lambda: reserve.reserve_cases(9, 9, response_rate=0.5, available=9),
            "reserve.out_of_reach",
        ),
    ],
)
def test_plans_that_cannot_be_are_refused_by_name(call, code):
    with pytest.raises(SamplingError) as refused:
        call()
    assert refused.value.code == code
