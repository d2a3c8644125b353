"""Laws of allocation and draw that hold for every frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sampling import (
    allocation,
    coordination,
    designs,
    draw,
    prn,
    probabilities,
    size,
)

pytestmark = pytest.mark.property

IDS = st.lists(st.text("abcđ0123", min_size=1, max_size=6), min_size=1, max_size=40, unique=True)


@given(st.data())
def test_an_allocation_adds_up_within_its_bounds(data):
    sizes = np.array(data.draw(st.lists(st.integers(0, 500), min_size=1, max_size=12)))
    floor = np.minimum(data.draw(st.integers(0, 5)), sizes)
    cap = np.maximum(floor, data.draw(st.integers(0, 300)))
    high = np.minimum(sizes, cap)
    n = data.draw(st.integers(int(floor.sum()), int(high.sum())))
    method = data.draw(st.sampled_from(allocation.METHODS))
    sd = np.linspace(0, 0.5, sizes.size)
    made = allocation.allocate(n, sizes, method=method, sd=sd, floor=floor, cap=cap)
    assert made.sum() == n
    assert (floor <= made).all()
    assert (made <= high).all()


@given(IDS, st.randoms(use_true_random=False))
def test_a_draw_does_not_depend_on_row_order(ids, chance):
    half = -(-len(ids) // 2)
    mixed = chance.sample(ids, len(ids))
    plan = {"s": (half, len(ids) - half)}
    first = draw.draw_stratified(ids, ["s"] * len(ids), plan, "seed")
    again = draw.draw_stratified(mixed, ["s"] * len(ids), plan, "seed")
    assert draw.digest(first) == draw.digest(again)
    assert sorted(first["id"]) == sorted(ids)


@given(IDS, st.integers(1, 39))
def test_more_cases_keep_those_already_drawn(ids, n):
    n = min(n, len(ids))
    order = draw.draw_stratified(ids, ["s"] * len(ids), {"s": (len(ids), 0)}, "seed")["id"]
    fewer = draw.draw_stratified(ids, ["s"] * len(ids), {"s": (n, 0)}, "seed")["id"]
    assert list(fewer) == list(order[:n])


@given(IDS, st.text(min_size=1, max_size=8))
def test_numbers_lie_in_the_unit_interval(ids, seed):
    numbers = prn.permanent_random_numbers(seed, ids)
    assert ((numbers >= 0) & (numbers < 1)).all()


@given(st.integers(1, 10**6), st.integers(1, 499))
def test_the_national_size_is_the_smallest_whole_number_that_suffices(population, per_mille):
    n = size.national_sample(population, per_mille / 1000)
    # n ≥ N / (1 + N e²) in whole numbers, and n − 1 is below it.
    wanted, scale = population * 10**6, 10**6 + population * per_mille**2
    assert n * scale >= wanted > (n - 1) * scale


@given(
    st.lists(st.integers(1, 50), min_size=2, max_size=25),
    st.data(),
    st.sampled_from(("systematic", "pps_systematic", "sampford", "pareto", "max_entropy")),
)
def test_every_design_takes_its_size_whatever_the_row_order(measure, data, design):
    ids = [f"u{i}" for i in range(len(measure))]
    n = data.draw(st.integers(1, len(ids)))
    mixed = data.draw(st.permutations(range(len(ids))))
    options = {} if design == "systematic" else {"measure": measure}
    first = designs.draw_design(ids, ["s"] * len(ids), {"s": (n, 0)}, "x", design=design, **options)
    if options:
        options = {"measure": [measure[i] for i in mixed]}
    again = designs.draw_design(
        [ids[i] for i in mixed], ["s"] * len(ids), {"s": (n, 0)}, "x", design=design, **options
    )
    assert len(first) == n
    assert first["id"].is_unique
    assert draw.digest(first) == draw.digest(again)
    assert ((first["inclusion_probability"] > 0) & (first["inclusion_probability"] <= 1)).all()


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=30), st.data())
def test_probabilities_proportional_to_size_sum_to_the_sample(sizes, data):
    n = data.draw(st.integers(1, len(sizes)))
    chances = probabilities.pps_probabilities(sizes, n)
    assert abs(chances.sum() - n) < 1e-9
    open_ = chances < 1
    ratio = chances[open_] / np.array(sizes)[open_]
    assert ratio.max(initial=0) <= ratio.min(initial=np.inf) * (1 + 1e-9)
    # Nobody who is certain is smaller than somebody who is not.
    x = np.array(sizes)
    assert x[~open_].min(initial=np.inf) >= x[open_].max(initial=0)


@given(st.integers(2, 200), st.data())
def test_the_expected_overlap_lies_between_its_limits(population, data):
    n_before = data.draw(st.integers(1, population))
    n_now = data.draw(st.integers(1, population))
    start = data.draw(st.floats(0, 1, exclude_max=True))
    found = coordination.expected_overlap(population, n_before, n_now, start)
    assert max(0, n_before + n_now - population) - 1e-9 <= found <= min(n_before, n_now) + 1e-9
    assert coordination.expected_overlap(population, n_before, n_now, 0) == min(n_before, n_now)
