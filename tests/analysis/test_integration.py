"""The opt-in sample joined with a probability sample: double robustness, its interval, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import EstimationError
from analysis.estimation.integration import EXPERIMENTAL, doubly_robust, mass_imputation
from analysis.estimation.logistic import expit


def samples(random, size: int = 4000, n: int = 200):
    """A population, those of it who opt in by their x, and a simple random sample."""
    x = np.column_stack([np.ones(size), random.normal(size=size)])
    y = x @ [2.0, 1.0] + random.normal(size=size)
    optin = random.random(size) < expit(x @ [-2.0, 1.0])
    drawn = random.choice(size, n, replace=False)
    return y, x, optin, drawn


def test_the_interval_is_that_of_repeated_samples():
    random = np.random.default_rng(6)
    errors, ses, inside = [], [], []
    for _ in range(300):
        y, x, optin, drawn = samples(random)
        got = doubly_robust(y[optin], x[optin], x[drawn], np.full(200, 20.0))
        errors.append(got.estimate - y.mean())
        ses.append(got.se)
        inside.append(got.ci_low <= y.mean() <= got.ci_high)
        assert got.notes == (EXPERIMENTAL,)
    assert abs(np.mean(errors)) < 0.15 * np.std(errors)
    assert np.mean(ses) / np.std(errors) == pytest.approx(1, abs=0.1)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_one_right_model_is_enough_and_the_naive_mean_is_wrong():
    random = np.random.default_rng(7)
    naive, wrong_answers, wrong_selection = [], [], []
    for _ in range(100):
        y, x, optin, drawn = samples(random)
        curved = y + x[:, 1] ** 2
        w = np.full(200, 20.0)
        got = doubly_robust(curved[optin], x[optin], x[drawn], w)
        wrong_answers.append(got.estimate - curved.mean())
        naive.append(got.naive - curved.mean())
        # Those who opt in by x² as well: the selection model is wrong, the answers' is right.
        odd = random.random(y.size) < expit(x @ [-2.5, 1.0] + 0.5 * x[:, 1] ** 2)
        wrong_selection.append(doubly_robust(y[odd], x[odd], x[drawn], w).estimate - y.mean())
    assert np.mean(naive) > 1
    assert abs(np.mean(wrong_answers)) < 0.05
    assert abs(np.mean(wrong_selection)) < 0.05


def test_the_propensities_bring_the_optin_sample_to_the_population():
    y, x, optin, drawn = samples(np.random.default_rng(8))
    got = doubly_robust(y[optin], x[optin], x[drawn], np.full(200, 20.0))
    pi = expit(x[drawn] @ got.selection_beta)
    np.testing.assert_allclose(x[drawn].T @ (20 * pi), x[optin].sum(axis=0), rtol=1e-9)
    assert got.optin_weights.sum() == pytest.approx(4000, rel=0.15)


def test_the_order_of_rows_and_of_covariates_does_not_matter():
    y, x, optin, drawn = samples(np.random.default_rng(8))
    w = np.random.default_rng(1).uniform(10, 30, 200)
    yb, xb, xa = y[optin], x[optin], x[drawn]
    for function in (doubly_robust, mass_imputation):
        one = function(yb, xb, xa, w)
        two = function(yb[::-1], xb[::-1, ::-1], xa[::-1, ::-1], w[::-1])
        assert (two.estimate, two.se) == (pytest.approx(one.estimate), pytest.approx(one.se))


def test_the_design_of_the_probability_sample_counts():
    y, x, optin, drawn = samples(np.random.default_rng(8))
    drawn = drawn[np.argsort(x[drawn, 1])]  # clusters of cases that are alike
    w, psu = np.full(200, 20.0), np.arange(200) // 10
    plain = doubly_robust(y[optin], x[optin], x[drawn], w)
    clustered = doubly_robust(y[optin], x[optin], x[drawn], w, psu=psu)
    stratified = doubly_robust(y[optin], x[optin], x[drawn], w, strata=psu)
    assert stratified.se_reference < plain.se_reference < clustered.se_reference
    assert stratified.estimate == plain.estimate == clustered.estimate


def test_bad_input_is_named():
    y, x, optin, drawn = samples(np.random.default_rng(8))
    yb, xb, xa, w = y[optin], x[optin], x[drawn], np.full(200, 20.0)

    def code(*arguments, **options) -> str:
        with pytest.raises(EstimationError) as caught:
            doubly_robust(*arguments, **options)
        return caught.value.code

    assert code(yb[None], xb, xa, w) == "integration.shape"
    assert code(np.where(yb > 3, np.nan, yb), xb, xa, w) == "integration.missing"
    assert code(yb, xb, xa, w, outcome="logistic") == "integration.outcome"
    assert code(yb, xb, xa, np.ones(200)) == "integration.population"
    assert code(yb, xb, xa, np.where(w > 0, [0.0] + [30.0] * 199, 0)) == "integration.weights"
    assert code(yb, xb, xa[:, :1], w) == "integration.shape"
    assert code(yb, xb[:, [0, 0]], xa, w) == "covariates.collinear"
    assert code(yb, xb, xa, w, strata=np.arange(200)) == "integration.lonely_psu"
    apart = xb + [0.0, 50.0]
    assert code(yb, apart, xa, w) == "integration.no_overlap"
