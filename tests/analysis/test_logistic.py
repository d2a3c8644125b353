"""The logistic fit: its score equations, and the data for which it does not exist."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimationError
from analysis.estimation.logistic import as_covariates, expit, fit_logistic


def test_a_constant_alone_gives_the_weighted_share():
    fit = fit_logistic(np.ones(4), np.array([True, False, False, True]), np.array([1.0, 2, 3, 4]))
    assert fit.fitted == pytest.approx([0.5] * 4)
    assert expit(np.array([-800.0, 0.0, 800.0])).tolist() == [0, 0.5, 1]


@pytest.mark.property
@settings(max_examples=40)
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3))
def test_fitted_shares_meet_the_covariates_totals_whatever_the_scale_of_weights(seed, k):
    random = np.random.default_rng(seed)
    x = np.column_stack([np.ones(200), random.normal(size=(200, 2))])
    y = random.random(200) < expit(x @ [0.0, 1.0, -1.0])
    w = random.uniform(0.5, 2, 200)
    fit = fit_logistic(x, y, w)
    np.testing.assert_allclose(x.T @ (w * fit.fitted), x.T @ (w * y), atol=1e-8)
    np.testing.assert_allclose(fit_logistic(x, y, k * w).beta, fit.beta, rtol=1e-8, atol=1e-10)


def test_a_category_that_always_responds_is_refused_though_the_rest_is_mixed():
    always = np.repeat([0.0, 1.0], 50)
    y = np.concatenate([np.arange(50) % 2 == 0, np.ones(50, bool)])
    with pytest.raises(EstimationError) as caught:
        fit_logistic(np.column_stack([np.ones(100), always]), y)
    assert caught.value.code == "logistic.separation"


def test_the_collinear_columns_are_named():
    x = np.column_stack([np.ones(5), np.arange(5.0), 2 * np.arange(5.0) + 1, np.zeros(5)])
    with pytest.raises(EstimationError) as caught:
        as_covariates(x, 5, names=("one", "age", "birth", "nothing"))
    assert caught.value.facts == {"columns": ["birth", "nothing"]}
    # Covariates of very different size are no combinations of each other.
    assert as_covariates(x[:, :2] * [1e-6, 1e9], 5).shape == (5, 2)
