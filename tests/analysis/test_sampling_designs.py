"""Every design: its probabilities against all samples, against frequencies, and its refusals."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from analysis.errors import SamplingError
from analysis.sampling import designs, pareto, probabilities, sampford, systematic

SIZES = np.array([1, 2, 3, 4, 5, 2.5])


def by_enumeration(p: np.ndarray, n: int) -> np.ndarray:
    """Joint probabilities of Sampford's design, summed over all samples by its definition."""
    joint, total = np.zeros((p.size, p.size)), 0.0
    for sample in combinations(range(p.size), n):
        rows = list(sample)
        chance = (1 - p[rows]).sum() * np.prod(p[rows] / (1 - p[rows]))
        joint[np.ix_(rows, rows)] += chance
        total += chance
    return joint / total


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_sampford_has_the_wanted_and_the_defined_probabilities(n):
    p = probabilities.pps_probabilities(SIZES, n) if n < 4 else np.full(6, 4 / 6)
    joint = sampford.sampford_joint(p)
    assert np.abs(np.diag(joint) - p).max() < 1e-14
    assert np.abs(joint - by_enumeration(p, n)).max() < 1e-13


def test_certainty_units_are_taken_out_one_after_the_other():
    p = probabilities.pps_probabilities([100, 30, 10, 5, 5], 3)
    # 100 goes first; then 30 of 50 times 2 is certain too; the rest shares one case.
    assert p.tolist() == pytest.approx([1, 1, 0.5, 0.25, 0.25])
    assert p.sum() == pytest.approx(3)
    assert probabilities.pps_probabilities([1, 1, 1], 3).tolist() == [1, 1, 1]
    joint = sampford.sampford_joint(p)
    assert joint[0].tolist() == pytest.approx(p.tolist())
    assert joint[2, 3] == 0
    assert set(sampford.sampford(p, [0.9, 0.9, 0.9, 0.1, 0.2])) > {0, 1}


def test_systematic_pairs_are_the_share_of_starts_that_take_both():
    p = probabilities.pps_probabilities(SIZES, 3)
    starts = (np.arange(20_000) + 0.5) / 20_000
    counted = np.zeros((6, 6))
    for start in starts:
        rows = systematic.systematic(p, start)
        assert rows.size == 3
        counted[np.ix_(rows, rows)] += 1
    assert np.abs(counted / 20_000 - systematic.systematic_joint(p)).max() <= 2e-4


def test_exact_probabilities_of_pareto_are_its_frequencies():
    p = probabilities.pps_probabilities(SIZES, 3)
    random = np.random.default_rng(4)
    counted = np.zeros((6, 6))
    for numbers in random.random((20_000, 6)):
        rows = pareto.pareto(p, numbers)
        counted[np.ix_(rows, rows)] += 1
    joint = pareto.pareto_joint(p)
    # Four standard errors of a frequency near one half.
    assert np.abs(counted / 20_000 - joint).max() < 4 * 0.5 / np.sqrt(20_000)
    assert joint.sum(axis=1) == pytest.approx(3 * np.diag(joint), rel=1e-10)
    assert np.diag(joint) == pytest.approx(pareto.pareto_probabilities(p), rel=1e-12)
    assert 0 < np.abs(np.diag(joint) - p).max() < 0.01


@pytest.mark.parametrize(("count", "n"), [(60, 12), (300, 40)])
def test_exact_probabilities_of_pareto_sum_to_the_sample_and_near_the_wanted(count, n):
    p = probabilities.pps_probabilities(np.random.default_rng(1).lognormal(0, 1, count), n)
    exact = pareto.pareto_probabilities(p)
    assert exact.sum() == pytest.approx(n, abs=1e-9)
    assert np.abs(exact / p - 1).max() < 1e-3


def test_pareto_is_exact_too_where_a_unit_is_almost_certain():
    p = np.array([0.99997, 0.99994, 0.00009])
    random = np.random.default_rng(6)
    exact = pareto.pareto_probabilities(p)
    assert exact.sum() == pytest.approx(2, abs=1e-9)
    numbers = random.random((200_000, 3))
    ranks = pareto.ranking_numbers(p, numbers)
    last = (ranks.argmax(axis=1) != 2).mean()
    assert abs(last - exact[2]) < 5 * np.sqrt(exact[2] / 200_000)


def test_a_fixed_sample_size_ties_joint_and_first_order_probabilities():
    p = probabilities.pps_probabilities(np.random.default_rng(2).lognormal(0, 1, 40), 9)
    for joint in (sampford.sampford_joint(p), systematic.systematic_joint(p)):
        assert joint.sum(axis=1) == pytest.approx(9 * p, rel=1e-10)
        assert (joint >= -1e-15).all()
    assert probabilities.srs_joint(7, 3).sum(axis=1) == pytest.approx(9 / 7)


IDS = [f"u{i:02d}" for i in range(24)]
STRATA = ["a"] * 14 + ["b"] * 10
PLAN = {"a": (5, 3), "b": (3, 2)}
MEASURE = 1.0 + np.arange(24) % 7


def options(design: str) -> dict:
    return {"design": design} | ({} if design in ("srs", "systematic") else {"measure": MEASURE})


@pytest.mark.parametrize("design", designs.DESIGNS)
def test_each_design_draws_by_seed_and_id_alone(design):
    drawn = designs.draw_design(IDS, STRATA, PLAN, "seed", **options(design))
    assert drawn.groupby(["stratum", "role"]).size().to_dict() == {
        ("a", "main"): 5,
        ("a", "reserve"): 3,
        ("b", "main"): 3,
        ("b", "reserve"): 2,
    }
    assert drawn["id"].is_unique
    assert drawn.groupby("stratum")["rank"].apply(list).to_dict() == {
        "a": list(range(1, 9)),
        "b": list(range(1, 6)),
    }
    mixed = np.random.default_rng(3).permutation(24)
    again = designs.draw_design(
        [IDS[i] for i in mixed],
        [STRATA[i] for i in mixed],
        PLAN,
        "seed",
        **options(design) | ({"measure": MEASURE[mixed]} if "measure" in options(design) else {}),
    )
    assert again.equals(drawn)


def frequencies(design: str, seeds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joint frequencies over seeds, and the exact probabilities, over all 24 units."""
    counted = np.zeros((24, 24))
    for seed in range(seeds):
        drawn = designs.draw_design(IDS, STRATA, PLAN, str(seed), **options(design))
        rows = [IDS.index(unit) for unit in drawn.loc[drawn["role"] == "main", "id"]]
        counted[np.ix_(rows, rows)] += 1
    blocks = designs.joint_probabilities(IDS, STRATA, PLAN, **options(design))
    joint = probabilities.stratified_joint([blocks["a"].to_numpy(), blocks["b"].to_numpy()])
    at = [IDS.index(unit) for name in ("a", "b") for unit in blocks[name].index]
    exact = np.zeros((24, 24))
    exact[np.ix_(at, at)] = joint
    return counted / seeds, exact, np.sqrt(exact * (1 - exact) / seeds)


@pytest.mark.parametrize("design", designs.DESIGNS)
def test_units_and_pairs_are_drawn_as_often_as_they_should_be(design):
    seen, exact, error = frequencies(design, 120)
    # 300 pairs and units: the largest of so many standard normals is below 4.5.
    assert (np.abs(seen - exact) <= 4.5 * error + 1e-12).all()


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("design", designs.DESIGNS)
def test_units_and_pairs_over_many_seeds(design):
    seen, exact, error = frequencies(design, 3_000)
    assert (np.abs(seen - exact) <= 4.5 * error + 1e-12).all()


@pytest.mark.parametrize("design", designs.DESIGNS)
def test_the_drawn_probability_is_that_of_the_joint_matrix(design):
    drawn = designs.draw_design(IDS, STRATA, PLAN, "seed", **options(design)).set_index("id")
    blocks = designs.joint_probabilities(IDS, STRATA, PLAN, **options(design))
    for block in blocks.values():
        for unit in block.index.intersection(drawn.index):
            wanted = drawn.at[unit, "inclusion_probability"]
            assert block.at[unit, unit] == pytest.approx(wanted, rel=1e-10)


def test_implicit_strata_are_served_in_proportion():
    # Sorted by village, ten cases of each ten units in a row come from each half of the list.
    ids = [f"d{i:04d}" for i in range(100)]
    village = ["x" if i % 2 else "y" for i in range(100)]
    for seed in range(20):
        drawn = designs.draw_design(
            ids, ["s"] * 100, {"s": (10, 0)}, str(seed), design="systematic", order=[village]
        )
        at = [village[ids.index(unit)] for unit in drawn["id"]]
        assert at == ["x"] * 5 + ["y"] * 5


def test_the_fractional_interval_is_exact():
    for population, n in ((10, 3), (97, 10), (7, 7)):
        hits = np.zeros(population, dtype=int)
        steps = population * n
        for i in range(steps):
            rows = designs._equal_steps(population, n, Fraction(2 * i + 1, 2 * steps))
            assert len(set(rows.tolist())) == n
            hits[rows] += 1
        # Every unit for exactly n / N of the starts.
        assert set(hits.tolist()) == {n * n}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"design": "luck"}, "design.unknown"),
        ({"design": "pareto"}, "design.measure"),
        ({"design": "sampford", "measure": [1, 2]}, "design.measure"),
        ({"design": "pareto", "measure": [1, 2, 0, 4]}, "pps.size"),
        ({"design": "pareto", "measure": [1, 2, -1, 4]}, "pps.size"),
        ({"design": "pareto", "measure": [1, 2, float("nan"), 4]}, "pps.size"),
        ({"design": "systematic", "order": [[1, 2]]}, "design.order"),
        ({"design": "systematic", "order": [[1, 2, "x", 4]]}, "design.order"),
        ({"design": "systematic", "order": [[1, 2, float("nan"), 4]]}, "design.order"),
    ],
)
def test_designs_that_cannot_be_are_refused_by_name(options, code):
    with pytest.raises(SamplingError) as refused:
        designs.draw_design(["a", "b", "c", "d"], ["s"] * 4, {"s": (2, 0)}, "x", **options)
    assert refused.value.code == code
    if code == "pps.size" or "row" in refused.value.facts:
        assert refused.value.facts["row"] == 2


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: probabilities.pps_probabilities([1, 2], 3), "pps.sample_size"),
        (lambda: probabilities.pps_probabilities([1, 2], 0), "pps.sample_size"),
        (lambda: probabilities.pps_probabilities([1, 1, 1e-20], 2), "pps.size"),
        (lambda: systematic.systematic([0.5, 0.7], 0.1), "pps.sum"),
        (lambda: systematic.systematic([0.5, 1.5], 0.1), "pps.probability"),
        (lambda: pareto.pareto_joint(np.full(100, 0.1)), "pareto.too_large"),
        (lambda: pareto.pareto_probabilities(np.full(2000, 0.1)), "pareto.too_large"),
        (lambda: sampford.sampford_joint(np.full(1000, 0.1)), "sampford.too_large"),
        (
            lambda: sampford.sampford(np.full(10**5, 0.1), np.zeros(10**5)),
            "sampford.too_large",
        ),
        (lambda: probabilities.srs_joint(3, 4), "pps.sample_size"),
    ],
)
def test_probabilities_that_cannot_be_are_refused_by_name(call, code):
    with pytest.raises(SamplingError) as refused:
        call()
    assert refused.value.code == code
