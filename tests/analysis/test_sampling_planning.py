"""Precision both ways, change between waves, what each allocation buys."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from analysis.errors import SamplingError
from analysis.sampling import allocation, change, detection, precision, size
from analysis.sampling.change import Waves
from analysis.sampling.planning import WHOLE, Strata


def code_of(call) -> str:
    with pytest.raises(SamplingError) as refused:
        call()
    return refused.value.code


def test_the_national_margin_is_the_inverse_of_the_national_size():
    for population in (300, 2400, 50_000):
        n = size.national_sample(population, 0.05)
        assert size.national_margin(population, n) <= 0.05 < size.national_margin(population, n - 1)


def test_a_budget_buys_the_margin_that_its_cases_give():
    bought = size.affordable_sample(
        10_000, 2400, cost_per_case=30, fixed_cost=1000, response_rate=0.8, deff=1.2
    )
    assert (bought.issue, bought.n, bought.cost) == (300, 240, 10_000)
    assert bought.margin == size.reached_margin(2400, 240, deff=1.2)
    # A larger budget than the whole frame needs is not spent.
    assert size.affordable_sample(10**9, 50, cost_per_case=1).margin == 0
    refused = code_of(lambda: size.affordable_sample(100, 50, cost_per_case=1, fixed_cost=100))
    assert refused == "sampling.budget"
    assert code_of(lambda: size.affordable_sample(1, 50, cost_per_case=0)) == "sampling.cost"


@pytest.mark.parametrize("population", [0, 2.5, float("nan"), float("inf")])
def test_a_population_is_a_whole_number(population):
    assert code_of(lambda: size.required_sample(population, margin=0.1)) == "sampling.population"


def by_enumeration(before, now, n1: int, n2: int, common: int) -> float:
    """Variance of the difference of means over all pairs of samples with so many in common."""
    units = range(len(before))
    found = []
    for first in combinations(units, n1):
        rest = [k for k in units if k not in first]
        for kept, fresh in product(combinations(first, common), combinations(rest, n2 - common)):
            mean_now = np.mean([now[k] for k in kept + fresh])
            found.append(mean_now - np.mean([before[k] for k in first]))
    return float(np.var(found))


@pytest.mark.parametrize(("n1", "n2", "common"), [(3, 3, 0), (3, 3, 2), (2, 4, 1), (4, 2, 2)])
def test_the_variance_of_a_change_is_that_over_all_samples(n1, n2, common):
    before, now = np.array([1.0, 5, 2, 4, 3, 0, 2]), np.array([2.0, 5, 1, 5, 2, 3, 1])
    # One spread for both waves: the second wave is scaled to the first's.
    now = now * before.std() / now.std()
    correlation = np.corrcoef(before, now)[0, 1]
    waves = Waves(
        n_before=n1,
        n_now=n2,
        overlap=common / n2,
        correlation=correlation,
        population=7,
        sd=before.std(ddof=1),
    )
    expected = by_enumeration(before, now, n1, n2, common)
    assert change.change_se(waves, 0.0) ** 2 == pytest.approx(expected, rel=1e-12)


def test_independent_waves_have_the_textbook_size_and_power():
    waves = Waves(n_before=1, n_now=1)
    # (1.959964 + 0.841621)² · (0.25 + 0.24) / 0.01 = 384.6.
    assert detection.answers_for_change(0.1, waves, both=True) == 385
    known = Waves(n_before=385, n_now=385)
    assert change.power(known, 0.1) == pytest.approx(0.8004, abs=2e-4)
    assert change.power(known, -0.1) == pytest.approx(change.power(known, 0.1), rel=1e-12)


def test_kept_cases_show_a_smaller_change():
    fresh = Waves(n_before=96, n_now=96, before=0.8)
    kept = Waves(n_before=96, n_now=96, before=0.8, overlap=0.5, correlation=0.7)
    seen = [detection.detectable_change(waves) for waves in (kept, fresh)]
    assert seen == sorted(seen)
    assert change.power(kept, seen[0]) == pytest.approx(0.8, abs=1e-9)
    drawn = Waves(n_before=50, n_now=50, overlap=None, population=100, correlation=0.9)
    same = Waves(n_before=50, n_now=50, overlap=0.5, population=100, correlation=0.9)
    assert change.change_se(drawn, 0.1) == pytest.approx(change.change_se(same, 0.1))


@pytest.mark.parametrize("overlap", [0.0, 0.4, 1.0, None])
@pytest.mark.parametrize("population", [None, 2000])
def test_the_size_for_a_change_is_the_smallest(overlap, population):
    waves = Waves(
        n_before=600, n_now=1, before=0.7, overlap=overlap, population=population, correlation=0.6
    )
    n = detection.answers_for_change(0.08, waves)

    def reached(k):
        kept = overlap if overlap is None else min(overlap, 600 / k)
        if kept is not None and population is not None:
            kept = max(kept, (600 + k - population) / k)
        now = Waves(
            n_before=600,
            n_now=k,
            before=0.7,
            overlap=kept,
            population=population,
            correlation=0.6,
        )
        return change.power(now, 0.08)

    assert reached(n) >= 0.8
    assert all(reached(k) < 0.8 for k in range(1, n))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: Waves(n_before=10, n_now=20, overlap=0.6), "change.overlap"),
        (lambda: Waves(n_before=60, n_now=60, overlap=0.0, population=100), "change.overlap"),
        (lambda: Waves(n_before=0, n_now=20), "change.sample_size"),
        (lambda: Waves(n_before=9, n_now=20, correlation=1.2), "change.correlation"),
        (lambda: Waves(n_before=9, n_now=20, sd=0), "change.sd"),
        (lambda: change.power(Waves(n_before=9, n_now=9, before=0.9), 0.2), "change.impossible"),
        (lambda: detection.answers_for_change(0, Waves(n_before=9, n_now=9)), "change.zero"),
        (
            lambda: detection.answers_for_change(0.02, Waves(n_before=50, n_now=9)),
            "change.out_of_reach",
        ),
        (
            lambda: detection.detectable_change(Waves(n_before=3, n_now=3, before=0.9)),
            "change.out_of_reach",
        ),
        (lambda: detection.detectable_change(Waves(n_before=9, n_now=9), wanted=1), "change.power"),
    ],
)
def test_comparisons_that_cannot_be_are_refused_by_name(call, code):
    assert code_of(call) == code


def best_by_hand(n, spread, low, high):
    ranges = [range(a, b + 1) for a, b in zip(low, high, strict=True)]
    sums = (
        sum(s * s / k for s, k in zip(spread, ks, strict=True))
        for ks in product(*ranges)
        if sum(ks) == n
    )
    return min(sums)


def test_whole_neyman_shares_have_the_least_variance_of_all():
    random = np.random.default_rng(3)
    for _ in range(60):
        sizes = random.integers(2, 12, 4)
        sd = random.uniform(0.1, 2, 4)
        low, high = np.ones(4, int), np.minimum(sizes, random.integers(2, 9, 4))
        n = int(random.integers(low.sum(), high.sum() + 1))
        made = allocation.allocate(n, sizes, method="neyman", sd=sd, floor=low, cap=high)
        reached = ((sizes * sd) ** 2 / made).sum()
        assert reached == pytest.approx(best_by_hand(n, sizes * sd, low, high), rel=1e-12)


def test_costs_power_and_whole_strata():
    assert list(allocation.allocate(30, [99] * 2, method="optimal", sd=[1, 1], cost=[1, 4])) == [
        20,
        10,
    ]
    assert list(allocation.allocate(30, [100, 25], method="power", cv=[1, 1])) == [20, 10]
    assert list(allocation.allocate(30, [100, 25], method="power", cv=[1, 2])) == [15, 15]
    assert list(allocation.allocate(30, [100, 12, 40], take_all=[False, True, False])) == [
        13,
        12,
        5,
    ]
    assert code_of(lambda: allocation.allocate(9, [5, 9], take_all=[1, 0], cap=4)) == (
        "allocation.take_all"
    )
    assert code_of(lambda: allocation.allocate(2.5, [5, 9])) == "allocation.not_whole"
    assert code_of(lambda: allocation.allocate(3, [5, 9], method="optimal", sd=1, cost=[1, 0])) == (
        "allocation.cost"
    )


def test_a_budget_is_spent_as_far_as_whole_cases_go():
    price = np.array([3.0, 5.0, 2.0])
    made = allocation.allocate_within(
        100, [50, 40, 9], cost=price, sd=[0.5, 0.4, 0.3], floor=2, cap=[50, 40, 8]
    )
    left = 100 - price @ made
    assert left >= 0
    assert all(price[h] > left for h in range(3) if made[h] < [50, 40, 8][h])
    assert code_of(lambda: allocation.allocate_within(10, [9, 9], cost=3, floor=2, sd=1)) == (
        "allocation.budget"
    )


COMMUNES = Strata.of_shares(
    ["a1", "a2", "b1"], [400, 100, 50], shares={"officer": [0.8, 0.6, 0.5]}, domains=["A", "A", "B"]
)


def test_the_expected_precision_is_that_of_the_samples_drawn():
    # A population of zeros and ones with exactly the shares, drawn many times.
    random = np.random.default_rng(11)
    people = [
        np.repeat([1, 0], [320, 80]),
        np.repeat([1, 0], [60, 40]),
        np.repeat([1, 0], [25, 25]),
    ]
    weights = np.array([400, 100, 50]) / 550
    drawn = np.array(
        [
            [
                random.choice(p, n, replace=False).mean()
                for p, n in zip(people, (20, 10, 10), strict=True)
            ]
            for _ in range(4000)
        ]
    )
    table = precision.expected_precision(COMMUNES, [20, 10, 10])
    rows = table.rows.set_index("domain")
    assert rows.loc[WHOLE, "se"] == pytest.approx((drawn @ weights).std(), rel=0.05)
    assert rows.loc["B", "se"] == pytest.approx(drawn[:, 2].std(), rel=0.05)
    assert rows.loc["A", "mean"] == pytest.approx(0.76)
    # One stratum is a simple random sample of itself.
    assert rows.loc["B", "deff"] == pytest.approx(1.0)
    assert (
        table.margin() == rows.loc[WHOLE, "margin"] == pytest.approx(1.959964 * table.rows["se"][2])
    )


def test_response_and_design_effect_widen_the_margin_and_a_census_closes_it():
    plain = precision.expected_precision(COMMUNES, [80, 40, 20]).margin()
    half = Strata.of_shares(
        ["a1", "a2", "b1"],
        [400, 100, 50],
        shares={"officer": [0.8, 0.6, 0.5]},
        response_rate=0.5,
        deff=2.0,
    )
    wide = precision.expected_precision(half, [80, 40, 20])
    answered = precision.expected_precision(COMMUNES, [40, 20, 10])
    assert wide.margin() == pytest.approx(answered.margin() * np.sqrt(2))
    assert wide.rows["answers"][0] == 70
    assert plain < wide.margin()
    assert precision.expected_precision(COMMUNES, [400, 100, 50]).margin() == 0
    assert precision.expected_precision(COMMUNES, [400, 0, 50]).margin() == np.inf


def test_the_curve_falls_and_its_inverse_finds_the_size():
    curve = precision.precision_curve(COMMUNES, [30, 60, 120, 240])
    of_all = curve[curve["domain"] == WHOLE]
    assert list(of_all["issue"]) == [30, 60, 120, 240]
    assert of_all["margin"].is_monotonic_decreasing
    n = precision.cases_for_margin(COMMUNES, 0.08)
    reached = [
        precision.precision_curve(COMMUNES, [k]).query("domain == 'all'")["margin"].iloc[0]
        for k in (n - 1, n)
    ]
    assert reached[1] <= 0.08 < reached[0]


def test_each_allocation_buys_what_it_promises():
    bought = precision.compare_allocations(COMMUNES, 90).set_index(["method", "domain"])["margin"]
    # Neyman is best for the whole; equal shares serve the smallest commune better.
    assert bought["neyman", WHOLE] == min(bought[m, WHOLE] for m in bought.index.levels[0])
    assert bought["equal", "B"] < bought["power", "B"] < bought["proportional", "B"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: Strata.of_shares(["a", "a"], 5), "planning.names"),
        (lambda: Strata.of_shares(["a", "b"], [5, 0]), "planning.size"),
        (lambda: Strata.of_shares(["a", "b"], [5, 2.5]), "planning.size"),
        (lambda: Strata.of_shares(["a", "b"], 5, shares={"x": [0.5, 1.5]}), "planning.number"),
        (lambda: Strata.of_shares(["a", "b"], 5, response_rate=[1, 0]), "planning.number"),
        (lambda: Strata.of_shares(["a", "b"], 5, cost=[1, float("nan")]), "planning.number"),
        (lambda: Strata.of_shares(["a", "b"], [5, 6, 7]), "planning.number"),
        (lambda: Strata.of_shares(["a"], 5, domains={"d": [False]}), "planning.domain"),
        (lambda: Strata.of_means(["a"], 5, means={"x": 1}, sds={"y": 1}), "planning.items"),
        (lambda: precision.expected_precision(COMMUNES, [1, 2, 51]), "precision.issue"),
        (lambda: precision.expected_precision(COMMUNES, [1, 2]), "precision.issue"),
        (lambda: precision.cases_for_margin(COMMUNES, 0.01, cap=9), "precision.out_of_reach"),
        (lambda: precision.share_out(COMMUNES, 9, item="x"), "precision.item"),
    ],
)
def test_plans_that_mean_nothing_are_refused_by_name(call, code):
    assert code_of(call) == code
