"""Confidence sets for ranks: laws, two roads to a critical value, coverage, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimationError
from analysis.estimation.rankdraws import Draws, draw_errors
from analysis.estimation.rankexact import ExactUnit
from analysis.estimation.ranking import difference_sd, joint_interval_ranks, rank_sets, ranks
from analysis.estimation.ties import holm, tie_groups


def units(seed: int, m: int = 8) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    root = random.normal(size=(m, m)) * 0.3
    return random.normal(scale=2, size=m), root @ root.T + np.diag(random.uniform(0.1, 1, m))


def largest_by_hand(errors: np.ndarray, s: np.ndarray, decided: np.ndarray) -> np.ndarray:
    """All ordered pairs of all draws, but those decided."""
    d = (errors[:, None, :] - errors[None, :, :]) / s[:, :, None]
    d[decided | np.eye(s.shape[0], dtype=bool)] = -np.inf
    return d.max(axis=(0, 1))


def test_ranks_begin_at_the_largest_and_ties_share_the_best():
    assert ranks([3.0, 5.0, 3.0, 1.0]).tolist() == [2, 1, 2, 4]


@pytest.mark.property
@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 9), st.floats(0.5, 0.99))
def test_skipping_draws_that_cannot_matter_changes_no_quantile(seed, m, level):
    x, cov = units(seed, m)
    order = np.argsort(-x)
    s = difference_sd(cov)[np.ix_(order, order)]
    errors = draw_errors(cov[np.ix_(order, order)], 600, seed)
    draws = Draws(errors, s)
    decided = np.zeros((m, m), dtype=bool)
    for _ in range(3):
        wanted = max(np.quantile(largest_by_hand(errors, s, decided), level), 0)
        assert draws.quantile(level, decided) == pytest.approx(wanted, abs=1e-12)
        decided = decided | np.triu(np.random.default_rng(seed).random((m, m)) < 0.4, 1)


@pytest.mark.property
@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_one_unit_s_quantile_is_that_of_its_own_pairs(seed):
    x, cov = units(seed)
    s = difference_sd(cov)
    errors = draw_errors(cov, 600, seed)
    above, below = np.arange(8) % 3 == 1, np.arange(8) % 4 == 2
    for i in (0, 5):
        decided = np.ones((8, 8), dtype=bool)
        decided[i, ~below] = decided[~above, i] = False
        wanted = max(np.quantile(largest_by_hand(errors, s, decided), 0.9), 0)
        got = Draws(errors, s).of_unit(i).quantile(0.9, above, below)
        assert got == pytest.approx(wanted, abs=1e-12)


def test_the_integral_and_the_draws_agree():
    random = np.random.default_rng(3)
    v = random.uniform(0.2, 3.0, 6)
    s = difference_sd(np.diag(v))
    none = np.zeros(6, dtype=bool)
    draws = Draws(draw_errors(np.diag(v), 400_000, 1), s)
    for i in range(6):
        exact = ExactUnit(np.sqrt(v), s[i], i)
        assert exact.quantile(0.95, none, none) == pytest.approx(
            draws.of_unit(i).quantile(0.95, none, none), abs=0.02
        )
        some = (np.arange(6) < 2) & (np.arange(6) != i)
        assert exact.quantile(0.95, some, none) == pytest.approx(
            draws.of_unit(i).quantile(0.95, some, none), abs=0.02
        )


def test_two_units_are_compared_by_the_normal_table():
    for got in (
        rank_sets([1.0, 0.0], [0.5, 0.5], simultaneous=False, stepdown=False).critical[0],
        rank_sets([1.0, 0.0], [0.5, 0.5], draws=400_000, stepdown=False).critical[0],
    ):
        assert got == pytest.approx(1.959964, abs=0.01)


@pytest.mark.property
@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_the_laws_of_rank_sets(seed):
    x, cov = units(seed)
    options = {"draws": 1000, "seed": 5}
    one = rank_sets(x, cov, **options)
    assert ((one.lower <= one.rank) & (one.rank <= one.upper)).all()
    assert one.lower.min() == 1
    assert one.upper.max() == 8
    single = rank_sets(x, cov, stepdown=False, **options)
    assert (one.lower >= single.lower).all()
    assert (one.upper <= single.upper).all()
    shifted = rank_sets(10 + 3 * x, 9 * cov, **options)
    assert (shifted.lower, shifted.upper) == (pytest.approx(one.lower), pytest.approx(one.upper))
    order = np.random.default_rng(seed).permutation(8)
    moved = rank_sets(x[order], cov[np.ix_(order, order)], **options)
    assert moved.lower.tolist() == one.lower[order].tolist()
    assert moved.upper.tolist() == one.upper[order].tolist()


def test_a_shared_error_does_not_blur_the_ranks():
    x = np.arange(6.0)
    own = rank_sets(x, np.full(6, 0.1), simultaneous=False)
    shared = rank_sets(x, np.diag(np.full(6, 0.1)) + 50.0, simultaneous=False, draws=20_000)
    assert shared.lower.tolist() == own.lower.tolist()
    assert shared.upper.tolist() == own.upper.tolist()
    # The joint intervals of the same estimates look at variances alone, and see nothing.
    assert joint_interval_ranks(x, np.full(6, 50.1)).lower.tolist() == [1] * 6


def test_the_sets_cover_the_true_ranks_as_often_as_they_say():
    random = np.random.default_rng(11)
    truth = np.array([0.0, 0.0, 0.5, 1.0, 1.5, 3.0])
    low = np.array([1 + (truth > t).sum() for t in truth])
    high = np.array([(truth >= t).sum() for t in truth])
    cov = np.diag([0.1, 0.2, 0.1, 0.2, 0.1, 0.2]) + 0.05
    root = np.linalg.cholesky(cov)
    joint, each = [], []
    for seed in range(400):
        x = truth + root @ random.normal(size=6)
        sets = rank_sets(x, cov, draws=1000, seed=seed)
        joint.append(((sets.lower <= low) & (sets.upper >= high)).all())
        alone = rank_sets(x, cov, simultaneous=False, draws=1000, seed=seed)
        each.append((alone.lower <= low) & (alone.upper >= high))
    assert np.mean(joint) >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / 400)
    assert (np.mean(each, axis=0) >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / 400)).all()


def test_best_and_worst():
    sets = joint_interval_ranks([10.0, 9.9, 5.0, 0.0], [0.01, 0.01, 0.01, 0.01])
    assert sets.best(1).tolist() == [True, True, False, False]
    assert sets.worst(1).tolist() == [False, False, False, True]
    assert sets.draws == 0


@pytest.mark.parametrize(
    ("x", "cov", "options", "code"),
    [
        ([1.0], [1.0], {}, "ranking.shape"),
        ([1.0, 2.0], [1.0, 1.0, 1.0], {}, "ranking.shape"),
        ([1.0, np.nan], [1.0, 1.0], {}, "ranking.missing"),
        ([1.0, 2.0], [1.0, -1.0], {}, "ranking.variance"),
        ([1.0, 2.0], [[1.0, 0.5], [0.0, 1.0]], {}, "ranking.covariance"),
        ([1.0, 2.0, 3.0], np.eye(3) * 0.1 - 0.4 + 0.4 * np.eye(3), {}, "ranking.covariance"),
        ([1.0, 2.0], [[1.0, 1.0], [1.0, 1.0]], {}, "ranking.no_difference"),
        ([1.0, 2.0], [0.0, 0.0], {}, "ranking.no_difference"),
        ([1.0, 2.0], [1.0, 1.0], {"level": 95}, "ranking.level"),
        ([1.0, 2.0], [1.0, 1.0], {"draws": 10}, "ranking.draws"),
    ],
)
def test_bad_input_is_named(x, cov, options, code):
    with pytest.raises(EstimationError) as caught:
        rank_sets(x, cov, **options)
    assert caught.value.code == code


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])


def test_tie_groups_are_runs_without_a_certain_difference():
    # Standard error of a difference: 1. Neighbours 2 apart are tied, units 4 apart are not.
    got = tie_groups([6.0, 4.0, 2.0, -9.0], np.full(4, 0.5))
    assert got.groups == ((0, 1), (1, 2), (3,))
    assert got.tied_with(1).tolist() == [0, 2]
    assert (got.p_adjusted == got.p_adjusted.T).all()
    assert not got.differ[0, 0]


@pytest.mark.property
@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_every_unit_is_in_a_group_and_no_group_holds_a_difference(seed):
    x, cov = units(seed)
    got = tie_groups(x, cov)
    assert {i for group in got.groups for i in group} == set(range(8))
    for group in got.groups:
        assert not got.differ[np.ix_(group, group)].any()
