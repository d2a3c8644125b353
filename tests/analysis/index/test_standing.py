"""Ranks, ties, other weights and model estimates of units whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.index import standing
from analysis.index.unit_sums import interval


def test_units_far_apart_keep_their_ranks_and_equal_ones_are_tied():
    made = standing.of_shares([0.9, 0.6, 0.601, 0.2], [0.01] * 4, level=0.95)
    assert made.rank.tolist() == [1, 3, 2, 4]
    assert (made.lower.tolist(), made.upper.tolist()) == ([1, 2, 2, 4], [1, 3, 3, 4])
    assert (2, 1) in made.groups
    assert made.drawn_low[1] == 2
    assert made.drawn_high[1] == 3


def test_the_sets_hold_all_true_ranks_together_as_often_as_they_say():
    truth = np.linspace(0.5, 0.8, 8)
    true_ranks = np.arange(8, 0, -1)
    held, random = 0, np.random.default_rng(5)
    for seed in range(100):
        seen = truth + random.normal(0, 0.05, 8)
        made = standing.of_shares(seen, [0.05] * 8, level=0.9, draws=200, seed=seed)
        held += bool(((made.lower <= true_ranks) & (true_ranks <= made.upper)).all())
    # 90 or more of 100 are expected: the sets are cautious, never short.
    assert held >= 84


def test_more_units_than_pairs_can_be_compared_get_joint_intervals():
    n = standing.MOST_PAIRS + 1
    made = standing.of_shares(np.linspace(0, 1, n), [0.05] * n, level=0.95, draws=50)
    assert "joint intervals" in made.method
    assert made.groups == ()
    assert (made.lower <= made.rank).all()
    assert (made.rank <= made.upper).all()


def test_answers_that_agree_are_not_taken_for_certain():
    low, high = interval(1.0, 0.0, n=20, deff=1.0)
    cov = standing.widened(np.diag([0.0, 0.0004]), [1.0, 0.5], [low, 0.46], [high, 0.54], 1.96)
    assert cov[0, 0] == pytest.approx(((1 - low) / 1.96) ** 2)
    assert cov[1, 1] == pytest.approx(0.0004)


def test_correlations_stay_when_a_spread_is_filled_in():
    given = np.array([[0.0004, 0.0003], [0.0003, 0.0009]])
    cov = standing.widened(given, [0.5, 0.5], [0.4, 0.4], [0.6, 0.6], 1.96)
    assert cov == pytest.approx(given)


def test_other_weights_move_units_that_differ_by_area_alone():
    points = np.array([[10.0, 5.0], [5.0, 10.0], [2.0, 2.0]])
    low, high = standing.under_other_weights(points, np.full((3, 2), 10.0))
    assert (low[:2].tolist(), high[:2].tolist()) == ([1, 1], [2, 2])
    assert low[2] == high[2] == 3


def test_an_area_that_does_not_apply_has_no_weight():
    points, most = np.array([[8.0, 0.0], [8.0, 5.0]]), np.array([[10.0, 0.0], [10.0, 10.0]])
    low, high = standing.under_other_weights(points, most)
    assert (low[0], high[0], low[1]) == (1, 1, 2)


def test_model_estimates_shrink_and_add_up():
    direct = [0.9, 0.5, 0.7, 0.6, 0.65, 0.75, 0.2, None]
    se = [0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, None]
    sizes = np.array([100, 200, 300, 100, 100, 100, 100, 400.0])
    made = standing.small_areas(direct, se, [40] * 8, sizes)
    known = np.array(direct[:7])
    middle = made.estimate[7]
    assert made.gamma[7] == 0
    assert (np.abs(made.estimate[:7] - middle) < np.abs(known - middle) + 0.02).all()
    assert sizes[:7] @ made.estimate[:7] == pytest.approx(sizes[:7] @ known)


def test_a_withheld_unit_changes_no_estimate():
    direct, se = [0.9, 0.5, 0.7, 0.6, 0.65, 0.75], [0.05] * 6
    alone = standing.small_areas(direct, se, [40] * 6, [100] * 6)
    beside = standing.small_areas([*direct, None], [*se, None], [40] * 7, [100] * 6 + [900])
    assert beside.estimate[:6] == pytest.approx(alone.estimate)


def test_few_units_carry_no_model():
    assert standing.small_areas([0.5] * 5, [0.05] * 5, [40] * 5, [1] * 5) is None
