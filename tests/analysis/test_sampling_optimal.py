"""The cheapest allocation under precision targets: against brute force and its conditions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from analysis.errors import SamplingError
from analysis.sampling.convex import least_cost
from analysis.sampling.optimal import allocate_optimal, allocate_optimal_within
from analysis.sampling.planning import Strata, quantile
from analysis.sampling.targets import Target


def small(random) -> tuple[Strata, list[Target]]:
    count = int(random.integers(2, 5))
    strata = Strata.of_shares(
        [f"s{h}" for h in range(count)],
        random.integers(5, 12, count),
        shares={f"i{k}": random.uniform(0.1, 0.9, count) for k in range(2)},
        domains=[f"d{h % 2}" for h in range(count)],
        cost=random.integers(1, 4, count).astype(float),
        response_rate=random.uniform(0.6, 1, count),
        deff=1.1,
    )
    wishes = [
        Target(item=item, domain=domain, margin=random.uniform(0.2, 0.45))
        for item in strata.means
        for domain in strata.domains
    ]
    return strata, wishes


def meets(strata: Strata, targets, issue, room: float = 1e-9) -> bool:
    z = quantile(0.95)
    for target in targets:
        a, b = strata.variance_terms(target.item, target.domain)
        if (a / issue).sum() - b > (target.margin / z) ** 2 * (1 + room) + room * b:
            return False
    return True


def test_no_whole_allocation_is_cheaper():
    random = np.random.default_rng(1)
    gaps, tried = [], 0
    while tried < 25:
        strata, wishes = small(random)
        try:
            made = allocate_optimal(strata, wishes, floor=1)
        except SamplingError as refused:
            assert refused.code == "optimal.infeasible"
            assert not meets(strata, wishes, strata.sizes)
            continue
        tried += 1
        every = product(*[range(1, size + 1) for size in strata.sizes])
        cheapest = min(
            strata.cost @ np.array(n) for n in every if meets(strata, wishes, np.array(n))
        )
        assert meets(strata, wishes, made.issue)
        assert made.bound <= cheapest + 1e-6
        gaps.append(made.cost - cheapest)
    assert max(gaps) <= 1e-9


def district(count: int = 30) -> tuple[Strata, list[Target]]:
    random = np.random.default_rng(5)
    strata = Strata.of_shares(
        [f"s{h}" for h in range(count)],
        random.integers(20, 2000, count),
        shares={name: random.uniform(0.5, 0.95, count) for name in ("officer", "result", "access")},
        domains=[f"commune {h // 5}" for h in range(count)],
        cost=random.uniform(1, 4, count),
        response_rate=0.8,
    )
    wishes = [
        Target(item=item, domain=domain, margin=0.04 if domain == "all" else 0.1)
        for item in strata.means
        for domain in strata.domains
    ]
    return strata, wishes


def test_the_real_shares_meet_the_conditions_of_karush_kuhn_and_tucker():
    strata, wishes = district()
    made = allocate_optimal(strata, wishes)
    z = quantile(0.95)
    load, a = [], []
    for target in wishes:
        terms, b = strata.variance_terms(target.item, target.domain)
        a.append(terms / ((target.margin / z) ** 2 + b))
        load.append((a[-1] / made.real).sum())
    a, load = np.array(a), np.array(load)
    assert (made.multipliers >= 0).all()
    assert (load <= 1 + 1e-8).all()
    assert np.abs(made.multipliers * (1 - load)).max() <= 1e-8 * made.cost
    pull = strata.cost - made.multipliers @ a / made.real**2
    inside = (made.real > 2 + 1e-6) & (made.real < strata.sizes - 1e-6)
    assert np.abs(pull[inside]).max() <= 1e-6 * strata.cost.max()
    assert (pull[made.real <= 2 + 1e-6] >= -1e-6).all()
    assert (pull[made.real >= strata.sizes - 1e-6] <= 1e-6).all()
    assert made.bound == pytest.approx(strata.cost @ made.real, rel=1e-9)


def test_whole_numbers_cost_little_more_and_meet_every_target():
    strata, wishes = district()
    made = allocate_optimal(strata, wishes)
    assert meets(strata, wishes, made.issue)
    assert made.bound <= made.cost <= made.bound * 1.01
    reached = made.precision.rows.set_index(["item", "domain"])["margin"]
    for target in wishes:
        assert reached[target.item, target.domain] <= target.margin * (1 + 1e-8)
    assert set(made.binding) <= set(wishes)
    tight = [t for t in made.binding if reached[t.item, t.domain] > 0.97 * t.margin]
    assert len(tight) == len(made.binding) > 0
    # Not one case can go.
    for h in np.flatnonzero(made.issue > 2):
        fewer = made.issue.copy()
        fewer[h] -= 1
        assert not meets(strata, wishes, fewer, room=1e-12)


def test_one_target_gives_the_optimum_in_closed_form():
    strata = Strata.of_means(
        ["x", "y"],
        [10_000, 30_000],
        means={"m": [10, 20]},
        sds={"m": [4.0, 2.0]},
        cost=[1.0, 4.0],
    )
    made = allocate_optimal(strata, [Target(item="m", cv=0.01)])
    # n_h ∝ N_h S_h / √c_h = 40000 : 30000, with the variance limit (0.01 · 17.5)².
    assert made.real[0] / made.real[1] == pytest.approx(4 / 3)
    w, s, c = np.array([0.25, 0.75]), np.array([4, 2]), np.array([1, 4])
    limit = 0.175**2 + (w**2 * s**2 / [10_000, 30_000]).sum()
    expected = w * s / np.sqrt(c) * (w * s * np.sqrt(c)).sum() / limit
    assert made.real == pytest.approx(expected, rel=1e-8)


def test_caps_floors_and_whole_strata_are_kept():
    strata, wishes = district()
    whole = np.arange(30) == 3
    made = allocate_optimal(
        strata, wishes, floor=5, cap=400, take_all=whole & (strata.sizes <= 400)
    )
    assert (made.issue >= 5).all()
    assert (made.issue <= np.minimum(strata.sizes, 400)).all()
    assert meets(strata, wishes, made.issue)


def test_targets_out_of_reach_are_named_with_what_can_be_had():
    strata, wishes = district()
    wanted = [*wishes, Target(item="result", domain="commune 2", margin=0.001)]
    with pytest.raises(SamplingError) as refused:
        allocate_optimal(strata, wanted)
    assert refused.value.code == "optimal.infeasible"
    [fault] = refused.value.facts["targets"]
    assert (fault["item"], fault["domain"], fault["wanted"]) == ("result", "commune 2", 0.001)
    assert fault["strata"] == [f"s{h}" for h in range(10, 15)]
    # What it says can be had can be had; a hair less cannot.
    at_best = Target(item="result", domain="commune 2", margin=fault["best"] * 1.001)
    assert allocate_optimal(strata, [*wishes, at_best]).issue[10:15].sum() > 0
    with pytest.raises(SamplingError):
        allocate_optimal(
            strata, [Target(item="result", domain="commune 2", margin=fault["best"] * 0.999)]
        )


def test_a_budget_buys_the_least_common_factor():
    strata, wishes = district()
    full = allocate_optimal(strata, wishes)
    bought = allocate_optimal_within(full.cost * 0.7, strata, wishes)
    assert bought.cost <= full.cost * 0.7
    assert 1 < bought.bound <= bought.factor <= bought.bound * 1.02
    assert meets(strata, bought.targets, bought.issue)
    # The exact budget of the real optimum gives the targets themselves.
    assert allocate_optimal_within(full.bound, strata, wishes).bound == pytest.approx(1, abs=1e-5)
    with pytest.raises(SamplingError) as refused:
        allocate_optimal_within(10, strata, wishes)
    assert refused.value.code == "optimal.budget"


def test_money_that_helps_no_further_is_not_spent():
    # X can be known no better than its non-response allows; Y is easy.
    strata = Strata.of_shares(
        ["x", "y"], [50, 400], domains=["X", "Y"], response_rate=[0.5, 1.0], cost=[1.0, 2.0]
    )
    wishes = [
        Target(item="share", domain="X", margin=0.1),
        Target(item="share", domain="Y", margin=0.3),
    ]
    bought = allocate_optimal_within(700, strata, wishes)
    assert bought.issue[0] == 50
    assert bought.cost < 200
    assert bought.factor == pytest.approx(bought.bound, rel=1e-6)


def test_a_census_target_takes_its_strata_whole():
    strata = Strata.of_shares(["x", "y"], [50, 400], domains=["X", "Y"])
    made = allocate_optimal(
        strata, [Target(item="share", domain="X", margin=1e-9), Target(item="share", margin=0.1)]
    )
    assert made.issue[0] == 50
    assert made.issue[1] < 100


@pytest.mark.parametrize(
    ("targets", "options", "code"),
    [
        ([], {}, "optimal.target"),
        ([Target(item="x", margin=0.1)], {}, "optimal.target"),
        ([Target(item="officer", domain="?", margin=0.1)], {}, "optimal.target"),
        ([Target(item="officer")], {}, "optimal.target"),
        ([Target(item="officer", margin=0.1, cv=0.1)], {}, "optimal.target"),
        ([Target(item="officer", margin=-0.1)], {}, "optimal.target"),
        ([Target(item="officer", margin=0.1)], {"floor": 5, "cap": 4}, "optimal.floor"),
        ([Target(item="officer", margin=0.1)], {"floor": 0}, "optimal.floor"),
        ([Target(item="officer", margin=0.1)], {"level": 1.0}, "sampling.level"),
    ],
)
def test_contradictory_wishes_are_refused_by_name(targets, options, code):
    with pytest.raises(SamplingError) as refused:
        allocate_optimal(district()[0], targets, **options)
    assert refused.value.code == code


def test_the_solver_agrees_with_a_general_one():
    from scipy.optimize import NonlinearConstraint, minimize

    random = np.random.default_rng(8)
    a, cost = random.uniform(0, 0.5, (4, 6)), random.uniform(1, 3, 6)
    low, high = np.full(6, 1.0), np.full(6, 50.0)
    ours = least_cost(a, cost, low, high)
    theirs = minimize(
        lambda n: cost @ n,
        np.full(6, 20.0),
        jac=lambda n: cost,
        bounds=list(zip(low, high, strict=True)),
        constraints=[NonlinearConstraint(lambda n: (a / n).sum(axis=1), -np.inf, 1.0)],
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert cost @ ours.n == pytest.approx(theirs.fun, rel=1e-6)
