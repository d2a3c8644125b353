"""Old units' results on new units: arithmetic by hand, and laws that hold for every input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import EstimationError
from analysis.index.recast import change, recast


def test_two_units_that_become_one_are_weighted_by_their_dossiers():
    made = recast([0.9, 0.6], np.diag([0.01**2, 0.03**2]), [200, 100], [[1.0], [1.0]])
    assert made.estimate == pytest.approx([0.8])
    assert made.se == pytest.approx([np.hypot(0.01 * 2 / 3, 0.03 / 3)])
    assert made.size == pytest.approx([300])


def test_a_divided_unit_makes_its_heirs_depend_on_each_other():
    made = recast([0.9, 0.6], np.diag([0.01**2, 0.03**2]), [200, 100], [[0.25, 0.75], [0.0, 1.0]])
    a = np.array([[1.0, 0.0], [0.6, 0.4]])
    assert made.estimate == pytest.approx(a @ [0.9, 0.6])
    assert made.covariance == pytest.approx(a @ np.diag([0.01**2, 0.03**2]) @ a.T)
    assert made.covariance[0, 1] > 0


def test_a_covariance_of_the_old_units_is_kept():
    v = np.array([[4.0, 1.5], [1.5, 9.0]]) * 1e-4
    made = recast([0.9, 0.6], v, [100, 100], [[1.0], [1.0]])
    assert made.covariance[0, 0] == pytest.approx((4 + 9 + 3) * 1e-4 / 4)


def test_what_needs_a_missing_result_is_missing_and_the_rest_is_not():
    shares = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]
    made = recast([0.8, np.nan], np.diag([1e-4, np.nan]), [10, 10], shares)
    assert np.isnan(made.estimate).tolist() == [True, True, True]
    made = recast([0.8, np.nan], np.diag([1e-4, np.nan]), [10, 10], [[1.0, 0.0], [0.0, 1.0]])
    assert made.estimate[0] == 0.8
    assert np.isnan(made.estimate[1])
    assert np.isnan(made.covariance[0, 1])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"shares": [[0.7, 0.7], [1.0, 0.0]]}, "recast.shares"),
        ({"shares": [[-0.1, 1.0], [1.0, 0.0]]}, "recast.shares"),
        ({"sizes": [-1, 2]}, "recast.sizes"),
        ({"sizes": [1, 2, 3]}, "recast.shape"),
        ({"covariance": [[1e-4, 5e-5], [0.0, 1e-4]]}, "recast.covariance"),
    ],
)
def test_what_cannot_be_recast_is_named(changed, code):
    given_ = {
        "estimates": [0.8, 0.7],
        "covariance": np.diag([1e-4, 1e-4]),
        "sizes": [10, 10],
        "shares": [[1.0, 0.0], [0.0, 1.0]],
    }
    with pytest.raises(EstimationError) as caught:
        recast(**(given_ | changed))
    assert caught.value.code == code


def test_a_change_has_the_doubt_of_both_years():
    difference, se, low, high = change(0.85, 0.03, 0.80, 0.04)
    assert (difference, se) == pytest.approx((0.05, 0.05))
    assert (low, high) == pytest.approx((0.05 - 1.959964 * 0.05, 0.05 + 1.959964 * 0.05))


@pytest.mark.property
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 10_000))
def test_totals_are_kept_whatever_the_division(units, heirs, seed):
    random = np.random.default_rng(seed)
    shares = random.dirichlet(np.ones(heirs), size=units)
    p, n = random.uniform(0, 1, units), random.integers(1, 500, units)
    root = random.normal(0, 0.02, (units, units))
    made = recast(p, root @ root.T, n, shares)
    assert made.size.sum() == pytest.approx(n.sum())
    assert made.size @ made.estimate == pytest.approx(n @ p)
    whole = np.ones((units, 1))
    alone = recast(p, root @ root.T, n, whole)
    weights = made.size / made.size.sum()
    assert weights @ made.covariance @ weights == pytest.approx(alone.covariance[0, 0])
    assert (np.linalg.eigvalsh(made.covariance) > -1e-12).all()
