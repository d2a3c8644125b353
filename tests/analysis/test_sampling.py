"""Sizes, allocation, permanent random numbers, the draw."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from hashlib import blake2b

import numpy as np
import pytest

from analysis.errors import SamplingError
from analysis.sampling import allocation, draw, prn, size


@pytest.mark.parametrize(
    ("population", "margin", "n"),
    [
        (2400, 0.05, 343),
        (1000, 0.05, 286),
        (600, 0.05, 240),
        (2400, 0.10, 96),
        (1000, 0.10, 91),
        (600, 0.10, 86),
    ],
)
def test_the_national_rule_gives_the_published_sizes(population, margin, n):
    assert size.national_sample(population, margin) == n


def test_a_quotient_that_is_whole_is_not_rounded_up():
    # 900 / (1 + 900 · 0.1²) = 90 exactly; in binary 0.1² lies above 0.01.
    assert size.national_sample(900, 0.1) == 90
    assert Fraction(900) / (1 + 900 * Fraction("0.1") ** 2) == 90


def test_the_general_formula_is_the_national_rule_for_two_standard_errors():
    from statistics import NormalDist

    level = 2 * NormalDist().cdf(2.0) - 1
    for population in (300, 2400, 50_000):
        general = size.required_sample(population, margin=0.05, level=level).n
        assert abs(general - size.national_sample(population, 0.05)) <= 1


def test_more_cases_are_issued_where_fewer_answer():
    wanted = size.required_sample(2400, margin=0.05, response_rate=0.5)
    assert wanted.issue == 2 * wanted.n
    assert size.required_sample(2400, margin=0.05, deff=2.0).n > wanted.n


@pytest.mark.parametrize("margin", [0.03, 0.05, 0.1])
def test_size_and_margin_are_inverse(margin):
    n = size.required_sample(2400, margin=margin).n
    assert size.reached_margin(2400, n) <= margin < size.reached_margin(2400, n - 2)
    assert size.reached_margin(50, 50) == 0


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: size.national_sample(0, 0.1), "sampling.population"),
        (lambda: size.national_sample(100, 5), "sampling.margin"),
        (lambda: size.required_sample(100, margin=0.1, level=1), "sampling.level"),
        (lambda: size.required_sample(100, margin=0.1, p=0), "sampling.proportion"),
        (lambda: size.required_sample(100, margin=0.1, deff=0), "sampling.deff"),
        (lambda: size.required_sample(100, margin=0.1, response_rate=0), "sampling.response_rate"),
        (lambda: size.reached_margin(100, 101), "sampling.sample_size"),
    ],
)
def test_impossible_wishes_are_refused_by_name(call, code):
    with pytest.raises(SamplingError) as refused:
        call()
    assert refused.value.code == code


def test_an_allocation_adds_up_and_keeps_floor_and_stratum():
    sizes = [1700, 300, 200, 150, 40, 1]
    given = allocation.allocate(96, sizes, floor=np.minimum(2, sizes))
    assert given.sum() == 96
    assert (given <= sizes).all()
    assert (given >= np.minimum(2, sizes)).all()
    assert list(given) == sorted(given, reverse=True)


def test_largest_remainders_settle_the_fractions():
    # Shares 4.5, 3.3, 2.2: the half gets the case that is left.
    assert list(allocation.allocate(10, [450, 330, 220])) == [5, 3, 2]
    # Equal remainders: the larger stratum, then the earlier one.
    assert list(allocation.allocate(3, [10, 10])) == [2, 1]


def test_what_a_full_stratum_cannot_take_goes_to_the_others():
    assert list(allocation.allocate(20, [5, 100, 100], method="equal")) == [5, 8, 7]


def test_neyman_follows_size_times_spread_and_power_lies_between():
    assert list(allocation.allocate(30, [100, 100], method="neyman", sd=[1, 2])) == [10, 20]
    equal, power, proportional = (
        allocation.allocate(100, [900, 100], method=m)[1]
        for m in ("equal", "power", "proportional")
    )
    assert equal > power > proportional


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: allocation.allocate(5, [10, 10], floor=3), "allocation.too_few"),
        (lambda: allocation.allocate(25, [10, 10]), "allocation.too_many"),
        (lambda: allocation.allocate(5, [10, 1], floor=2), "allocation.floor"),
        (lambda: allocation.allocate(5, [10], method="luck"), "allocation.method"),
        (lambda: allocation.allocate(5, [10], method="neyman"), "allocation.no_sd"),
    ],
)
def test_contradictory_constraints_are_refused_by_name(call, code):
    with pytest.raises(SamplingError) as refused:
        call()
    assert refused.value.code == code


def by_hand(seed: str, unit: str) -> int:
    """The rule of the module's description, written a second time."""
    data = seed.encode("utf-8") + bytes([31]) + unit.encode("utf-8")
    value = 0
    for byte in blake2b(data, digest_size=8).digest():
        value = value * 256 + byte
    return value


def test_keys_follow_the_published_description_and_its_vectors():
    assert prn.permanent_random_keys("par-2026", ["10888-0001"])[0] == 2621951873333447107
    assert prn.permanent_random_keys("xổ số 15/01/2024", ["GL-10888-00001"])[0] == (
        2934435361720472250
    )
    assert prn.permanent_random_keys("s", ["a", "b"])[1] == by_hand("s", "b")


def test_composed_and_decomposed_letters_are_one_id():
    composed, decomposed = "C\u1ea9m", "C\u0061\u0302\u0309m"
    assert prn.permanent_random_keys("s", [composed]) == prn.permanent_random_keys(
        "s", [decomposed]
    )


def test_numbers_are_the_upper_bits_and_look_uniform():
    ids = [f"d{i}" for i in range(20_000)]
    numbers = prn.permanent_random_numbers("s", ids)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    counts, _ = np.histogram(numbers, bins=20, range=(0, 1))
    # Chi-square with 19 degrees of freedom exceeds 43.8 for one seed in a thousand.
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8


IDS = [f"x{i:03d}" for i in range(100)]
STRATA = ["big"] * 80 + ["small"] * 20
SIZES = {"big": (8, 4), "small": (5, 15)}


def test_a_draw_has_its_sizes_ranks_and_probabilities():
    drawn = draw.draw_stratified(IDS, STRATA, SIZES, "seed")
    counts = drawn.groupby(["stratum", "role"]).size().to_dict()
    assert counts == {
        ("big", "main"): 8,
        ("big", "reserve"): 4,
        ("small", "main"): 5,
        ("small", "reserve"): 15,
    }
    assert drawn.groupby("stratum")["rank"].apply(list).to_dict() == {
        "big": list(range(1, 13)),
        "small": list(range(1, 21)),
    }
    assert set(drawn.query("stratum == 'big'")["inclusion_probability"]) == {0.1}
    assert (drawn.query("role == 'reserve'")["rank"] > 5).all()
    assert drawn["id"].is_unique


def test_the_smallest_keys_are_taken():
    drawn = draw.draw_stratified(IDS, STRATA, SIZES, "seed")
    big = sorted(IDS[:80], key=lambda unit: by_hand("seed", unit))[:12]
    assert list(drawn.query("stratum == 'big'")["id"]) == big


def test_row_order_changes_nothing_and_another_seed_everything():
    drawn = draw.draw_stratified(IDS, STRATA, SIZES, "seed")
    order = np.random.default_rng(1).permutation(100)
    shuffled = draw.draw_stratified(
        [IDS[i] for i in order], [STRATA[i] for i in order], SIZES, "seed"
    )
    assert shuffled.equals(drawn)
    other = draw.draw_stratified(IDS, STRATA, SIZES, "seed2")
    assert draw.digest(other) != draw.digest(drawn)


def test_the_digest_is_that_of_the_described_text():
    drawn = draw.draw_stratified(["a", "b", "c"], ["s", "s", "t"], {"s": (1, 1), "t": (1, 0)}, "z")
    lines = [
        f"{row.stratum}\x1f{row.role}\x1f{row.rank}\x1f{row.id}\n" for row in drawn.itertuples()
    ]
    assert draw.digest(drawn) == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert draw.digest(drawn.iloc[::-1]) == draw.digest(drawn)


def test_every_unit_is_drawn_as_often_as_its_probability_says():
    ids, strata = [f"u{i}" for i in range(30)], ["s"] * 30
    hits = dict.fromkeys(ids, 0)
    for seed in range(2000):
        for unit in draw.draw_stratified(ids, strata, {"s": (9, 0)}, str(seed))["id"]:
            hits[unit] += 1
    share = np.array(list(hits.values())) / 2000
    # Standard error sqrt(.3·.7/2000) = 0.0102; four of them for the extreme of thirty units.
    assert np.abs(share - 0.3).max() < 0.041


@pytest.mark.parametrize(
    ("ids", "strata", "sizes", "seed", "code"),
    [
        (["a", "a"], ["s", "s"], {"s": (1, 0)}, "x", "draw.duplicate_id"),
        (["a", "b"], ["s", "t"], {"s": (1, 0)}, "x", "draw.unplanned_stratum"),
        (["a"], ["s"], {"s": (0, 0)}, "x", "draw.empty_stratum"),
        (["a"], ["s"], {"s": (1, 1)}, "x", "draw.stratum_too_small"),
        (["a"], ["s"], {"s": (-1, 2)}, "x", "draw.negative_size"),
        (["a"], ["s"], {"s": (1, 0)}, "  ", "draw.seed"),
    ],
)
def test_a_draw_that_cannot_be_is_refused_by_name(ids, strata, sizes, seed, code):
    with pytest.raises(SamplingError) as refused:
        draw.draw_stratified(ids, strata, sizes, seed)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"method": "neyman", "sd": [0.5, float("nan")]}, "allocation.sd"),
        ({"method": "neyman", "sd": [0.5, -0.1]}, "allocation.sd"),
        ({"cap": [20, 2.5]}, "allocation.not_whole"),
        ({"floor": [0, -1]}, "allocation.not_whole"),
    ],
)
def test_numbers_that_mean_nothing_are_refused_with_their_stratum(options, code):
    with pytest.raises(SamplingError) as refused:
        allocation.allocate(10, [20, 30], **options)
    assert (refused.value.code, refused.value.facts["stratum"]) == (code, 1)


def test_a_power_outside_its_range_is_refused():
    with pytest.raises(SamplingError) as refused:
        allocation.allocate(10, [20, 30], method="power", power=-1)
    assert refused.value.code == "allocation.power"
