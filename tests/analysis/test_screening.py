"""The rules one by one, on cases whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import EstimationError
from analysis.quality.screening import careless
from analysis.quality.screening.bursts import bursts
from analysis.quality.screening.clusters import device_clusters
from analysis.quality.screening.duplicates import near_duplicates
from analysis.quality.screening.excess import unit_excess
from analysis.quality.screening.finding import Finding, ranked, step_up
from analysis.quality.screening.percentmatch import crowd_match, match_counts, percent_match


def naive_shares(codes: np.ndarray, minimum: int) -> np.ndarray:
    both = ((codes[:, None] > 0) & (codes[None] > 0)).sum(axis=2)
    equal = ((codes[:, None] == codes[None]) & (codes[:, None] > 0)).sum(axis=2)
    shares = np.where(both >= max(minimum, 1), equal / np.maximum(both, 1), -1.0)
    np.fill_diagonal(shares, -1.0)
    return shares


@pytest.mark.property
@given(st.integers(2, 90), st.integers(1, 140), st.sampled_from([0, 1]), st.integers(0, 2**32 - 1))
def test_the_bit_planes_count_what_a_double_loop_counts(n, k, lowest, seed):
    codes = np.random.default_rng(seed).integers(lowest, 8, (n, k))
    shares = naive_shares(codes, 3)
    made = percent_match(codes, minimum=3)
    known = shares.max(axis=1) >= 0
    assert np.array_equal(np.isnan(made.share), ~known)
    assert np.allclose(made.share[known], shares.max(axis=1)[known], atol=1e-12)
    partners = shares[np.arange(n), made.partner]
    assert np.allclose(partners[known], made.share[known], atol=1e-6)
    crowd = crowd_match(codes, 2, minimum=3)
    if n > 2:
        second = np.sort(shares, axis=1)[:, -2]
        assert np.allclose(crowd[second >= 0], second[second >= 0], atol=1e-6)


def test_matches_across_blocks_and_between_tables():
    codes = np.random.default_rng(1).integers(1, 6, (1500, 25))
    codes[1400] = codes[3]
    made = percent_match(codes)
    assert made.share[3] == made.share[1400] == 1.0
    assert (made.partner[3], made.partner[1400]) == (1400, 3)
    assert match_counts(codes[[3]], codes)[0].argmax() in (3, 1400)


def test_values_that_do_not_fit_three_planes_are_refused():
    with pytest.raises(EstimationError) as refused:
        percent_match(np.array([[1, 9]]))
    assert refused.value.code == "match.codes"


def test_step_up_gives_benjamini_and_hochbergs_own_example():
    # Benjamini & Hochberg (1995), section 3.2: at 5 % their procedure rejects the first four.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
         0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert int((step_up(p) <= 0.05).sum()) == 4
    shuffled = np.random.default_rng(0).permutation(15)
    assert np.allclose(step_up(np.array(p)[shuffled]), step_up(p)[shuffled])


def test_ranking_puts_strong_evidence_first():
    weak = Finding(rule="a", version=1, unit="u", p=0.04, q=0.05, rows=(1, 2, 3))
    strong = Finding(rule="b", version=1, unit="u", p=1e-6, q=1e-5)
    fact = Finding(rule="c", version=1, unit="u", rows=(1,))
    assert ranked([fact, weak, strong]) == [strong, weak, fact]


def test_speed_counts_the_floor_and_the_tail():
    rng = np.random.default_rng(3)
    seconds = np.exp(rng.normal(np.log(9), 0.4, 500))
    seconds[:3] = [1.9, 2.3, np.nan]
    found = careless.too_fast(seconds, np.full(500, "u"), floor=2.0)
    named = {each.rows[0] for each in found}
    assert {0, 1} <= named
    assert 2 not in named
    assert len(named) <= 5


def test_straight_lines_need_twelve_ratings():
    codes = np.full((3, 15), 4)
    codes[1, 12:] = 5
    codes[2, 11:] = 0
    assert careless.is_straight(codes).tolist() == [True, False, False]
    assert careless.long_string(codes).tolist() == [15, 12, 11]
    assert careless.response_variability(codes)[0] == 0
    [found] = careless.straight_lines(codes, np.array(["u", "u", "u"]))
    assert (found.rows, found.facts["length"], found.facts["value"]) == ((0,), 15, 4)


def test_devices_of_a_family_are_left_alone():
    device = np.array(["a"] * 3 + ["b"] * 6 + [""] * 20)
    [found] = device_clusters(device, np.full(29, "u"), helped=np.arange(29) == 4)
    assert (found.subject, found.facts) == ("b", {"sheets": 6, "units": 1, "helped": 1})


def test_a_heap_of_arrivals_is_found_where_it_is():
    rng = np.random.default_rng(4)
    counts = rng.multinomial(30, np.full(48, 1 / 48), size=40)
    counts[7, 20:22] += 15
    unit, day = np.repeat([f"u{i}" for i in range(8)], 5), np.tile(list("abcde"), 8)
    [found] = bursts(counts, unit, day, bin_minutes=10, seed=1)
    assert (found.unit, found.subject) == ("u1", "c")
    assert 190 <= found.facts["from_minute"] <= 210
    assert found.facts["n"] >= 30 > 10 * found.facts["expected"] / 2
    with pytest.raises(EstimationError):
        bursts(-counts, unit, day, bin_minutes=10, seed=1)


def test_a_unit_is_judged_by_the_others_own_differences():
    unit = np.repeat([f"u{i}" for i in range(12)], 60)
    rng = np.random.default_rng(5)
    alike = rng.random(720) < 0.1
    alike[:60] = np.arange(60) < 25
    [found] = unit_excess("x_unit", alike, unit)
    assert (found.unit, found.facts["marked"]) == ("u0", 25)
    # The same 25 of 60 say nothing where units range from none to nearly all.
    rates = np.repeat(rng.beta(0.6, 1.4, 12), 60)
    wild = rng.random(720) < rates
    wild[:60] = np.arange(60) < 25
    assert "u0" not in {each.unit for each in unit_excess("x_unit", wild, unit)}


def test_items_that_everybody_answers_alike_say_nothing():
    codes = np.full((40, 20), 5)
    codes[:, :6] = np.random.default_rng(6).integers(1, 6, (40, 6))
    unit = np.repeat(["u0", "u1"], 20)
    assert near_duplicates(codes, unit, seed=1, n_rows=2000) == []
    assert near_duplicates(np.full((40, 20), 4), unit, seed=1) == []
    assert near_duplicates(np.zeros((0, 20), dtype=int), unit[:0], seed=1) == []
