"""Small areas: laws, boundaries, refusals, and the MSE against what really happens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimationError
from analysis.estimation.benchmarking import benchmark
from analysis.estimation.nestederror import battese_harter_fuller
from analysis.estimation.smallarea import fay_herriot


def areas(seed: int, m: int = 30, sigma2u: float = 1.0):
    random = np.random.default_rng(seed)
    x = np.column_stack([np.ones(m), random.normal(size=m)])
    d = random.uniform(0.2, 2.0, m)
    truth = x @ [3.0, 1.0] + random.normal(size=m) * np.sqrt(sigma2u)
    return truth, truth + random.normal(size=m) * np.sqrt(d), d, x


@pytest.mark.property
@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(["REML", "ML", "FH"]))
def test_the_order_of_areas_and_the_unit_of_measurement_do_not_matter(seed, method):
    _, y, d, x = areas(seed)
    fit = fay_herriot(y, d, x, method=method)
    order = np.random.default_rng(seed + 1).permutation(y.size)
    again = fay_herriot(y[order], d[order], x[order], method=method)
    np.testing.assert_allclose(again.estimate, fit.estimate[order], rtol=1e-8)
    scaled = fay_herriot(100 * y, 1e4 * d, x, method=method)
    np.testing.assert_allclose(scaled.estimate, 100 * fit.estimate, rtol=1e-8)
    np.testing.assert_allclose(scaled.mse, 1e4 * fit.mse, rtol=1e-7)


@pytest.mark.property
@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_an_estimate_lies_between_the_direct_and_the_synthetic_one(seed):
    _, y, d, x = areas(seed)
    fit = fay_herriot(y, d, x)
    low, high = np.minimum(y, fit.synthetic), np.maximum(y, fit.synthetic)
    assert (fit.estimate >= low - 1e-9).all()
    assert (fit.estimate <= high + 1e-9).all()
    assert ((fit.gamma >= 0) & (fit.gamma < 1)).all()


def test_areas_without_a_sample_get_synthetic_estimates_and_change_nothing_else():
    _, y, d, x = areas(3)
    whole = fay_herriot(y[:25], d[:25], x[:25])
    y[25:], d[25:] = np.nan, np.nan
    sampled = np.arange(30) < 25
    fit = fay_herriot(y, d, x, sampled=sampled)
    np.testing.assert_allclose(fit.estimate[:25], whole.estimate, rtol=1e-12)
    np.testing.assert_allclose(fit.estimate[25:], x[25:] @ fit.beta, rtol=1e-12)
    assert (fit.mse[25:] > fit.sigma2u).all()
    assert fit.notes == ("5 areas have no sample: their estimates are synthetic.",)


def test_no_variance_between_areas_is_zero_and_said():
    random = np.random.default_rng(1)
    x = np.column_stack([np.ones(20), random.normal(size=20)])
    y = x @ [1.0, 2.0] + 0.1 * random.normal(size=20)
    for method in ("REML", "ML", "FH"):
        fit = fay_herriot(y, np.ones(20), x, method=method)
        assert fit.sigma2u == 0
        np.testing.assert_allclose(fit.estimate, fit.synthetic)
        assert "estimated as 0" in fit.notes[0]
        assert (fit.mse > 0).all()


@pytest.mark.property
@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from(["REML", "ML", "FH"]), st.sampled_from([0, 0.1, 1]))
def test_where_scoring_does_not_settle_the_search_finds_the_same(seed, method, sigma2u):
    _, y, d, x = areas(seed, m=12, sigma2u=sigma2u)
    found = fay_herriot(y, d, x, method=method, most_steps=1)
    assert found.notes[0].startswith("Scoring did not settle")
    scored = fay_herriot(y, d, x, method=method, most_steps=1000)
    if not scored.notes or "settle" not in scored.notes[0]:
        # Scoring may end in a lower hill of the likelihood; the search never does.
        assert found.loglik >= scored.loglik - 1e-9 or method != "ML"
        if method == "FH":
            assert found.sigma2u == pytest.approx(scored.sigma2u, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "MLE"}, "smallarea.method"),
        ({"direct": np.full(30, np.nan)}, "smallarea.missing"),
        ({"variance": np.zeros(30)}, "smallarea.variance"),
        ({"variance": -np.ones(30)}, "smallarea.variance"),
        ({"variance": np.ones(29)}, "smallarea.shape"),
        ({"covariates": np.ones((30, 2))}, "covariates.collinear"),
        ({"covariates": np.full((30, 1), np.nan)}, "covariates.missing"),
        ({"covariates": np.ones((30, 30))}, "smallarea.too_few_areas"),
        ({"covariates": np.ones((12, 1))}, "covariates.shape"),
        ({"direct": 1e9 * np.arange(30.0) ** 2, "most_steps": 1}, "smallarea.no_convergence"),
    ],
)
def test_bad_input_is_named(change, code):
    _, y, d, x = areas(5)
    given_ = {"direct": y, "variance": d, "covariates": x, **change}
    with pytest.raises(EstimationError) as caught:
        fay_herriot(**given_)
    assert caught.value.code == code


@pytest.mark.parametrize("spread", ["difference", "ratio", "mse"])
def test_benchmarked_estimates_add_up(spread):
    _, y, d, x = areas(8)
    w = np.linspace(1, 3, 30)
    fit = fay_herriot(y, d, x)
    got = benchmark(fit, w, spread=spread)
    assert w @ got.estimate == pytest.approx(w @ y)
    assert got.gap == pytest.approx(w @ y - w @ fit.estimate)
    assert benchmark(fit, w, total=100.0, spread=spread).estimate @ w == pytest.approx(100)


def test_benchmarking_needs_a_total_and_sensible_weights():
    _, y, d, x = areas(8)
    sampled = np.arange(30) > 0
    fit = fay_herriot(y, d, x, sampled=sampled)
    with pytest.raises(EstimationError) as caught:
        benchmark(fit, np.ones(30))
    assert caught.value.code == "benchmark.no_total"
    for bad, code in ((np.zeros(30), "benchmark.weights"), (np.ones(3), "benchmark.weights")):
        with pytest.raises(EstimationError) as caught:
            benchmark(fit, bad, total=1.0)
        assert caught.value.code == code
    with pytest.raises(EstimationError) as caught:
        benchmark(fit, np.ones(30), total=1.0, spread="evenly")
    assert caught.value.code == "benchmark.spread"


@pytest.mark.parametrize("method", ["REML", "ML", "FH"])
def test_the_mse_is_that_of_repeated_samples(method):
    random = np.random.default_rng(2)
    m = 40
    x = np.column_stack([np.ones(m), random.normal(size=m)])
    d = np.repeat([0.5, 1.0], m // 2)
    errors, claimed = [], []
    for _ in range(300):
        truth = x @ [3.0, 1.0] + random.normal(size=m)
        fit = fay_herriot(truth + random.normal(size=m) * np.sqrt(d), d, x, method=method)
        errors.append((fit.estimate - truth) ** 2)
        claimed.append(fit.mse)
    assert np.mean(claimed) / np.mean(errors) == pytest.approx(1, abs=0.05)
    assert np.mean(errors) < 0.75 * d.mean()  # and it is worth the trouble


def units(random, m: int = 12, n: int = 5, size: int = 50):
    """A finite population of m areas, and a sample of n units in each but the last."""
    area = np.repeat(np.arange(m), size)
    x = np.column_stack([np.ones(m * size), random.normal(size=m * size) + area / m])
    y = x @ [10.0, 2.0] + random.normal(size=m)[area] + random.normal(size=m * size)
    taken = np.concatenate([i * size + np.arange(n) for i in range(m - 1)])
    means = np.array([x[area == i].mean(axis=0) for i in range(m)])
    truth = np.array([y[area == i].mean() for i in range(m)])
    return y[taken], x[taken], area[taken], means, truth


def predict(y, x, area, means, **options):
    m = means.shape[0]
    return battese_harter_fuller(
        y, x, area, areas=np.arange(m), population_means=means, population_sizes=np.full(m, 50),
        **options,
    )  # fmt: skip


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_the_mse_of_the_nested_error_model_is_that_of_repeated_samples(method):
    random = np.random.default_rng(4)
    errors, claimed = [], []
    for _ in range(300):
        *sample, truth = units(random)
        fit = predict(*sample, method=method)
        errors.append((fit.estimate - truth) ** 2)
        claimed.append(fit.mse)
    ratio = np.mean(claimed, axis=0) / np.mean(errors, axis=0)
    assert ratio[:-1].mean() == pytest.approx(1, abs=0.08 if method == "REML" else 0.15)
    assert ratio[-1] == pytest.approx(1, abs=0.3)  # the area without a sample


def test_an_area_taken_whole_is_known():
    random = np.random.default_rng(4)
    y, x, area, means, _ = units(random, size=5, n=5)
    m = means.shape[0]
    fit = battese_harter_fuller(
        y, x, area, areas=np.arange(m), population_means=means, population_sizes=np.full(m, 5)
    )
    np.testing.assert_allclose(fit.estimate[:-1], y.reshape(-1, 5).mean(axis=1))
    np.testing.assert_allclose(fit.mse[:-1], 0, atol=1e-12)
    assert fit.notes == ("1 areas have no sample: their estimates are synthetic.",)


def test_the_nested_error_model_does_not_depend_on_the_row_order():
    random = np.random.default_rng(9)
    y, x, area, means, _ = units(random)
    order = random.permutation(y.size)
    one, two = predict(y, x, area, means), predict(y[order], x[order], area[order], means)
    np.testing.assert_allclose(one.estimate, two.estimate, rtol=1e-9)
    np.testing.assert_allclose(one.mse, two.mse, rtol=1e-7)


def test_bad_input_of_the_nested_error_model_is_named():
    random = np.random.default_rng(9)
    y, x, area, means, _ = units(random)

    def code(*arguments, **options) -> str:
        with pytest.raises(EstimationError) as caught:
            predict(*arguments, **options)
        return caught.value.code

    assert code(y, x, area, means, method="EB") == "nestederror.method"
    assert code(y[:-1], x, area, means) == "nestederror.shape"
    assert code(np.where(y > y.mean(), np.nan, y), x, area, means) == "nestederror.missing"
    assert code(y, x, area + 5, means) == "nestederror.areas"
    assert code(y, x[:, [0, 0]], area, means) == "covariates.collinear"
    assert code(y, x, area, means[:, :1]) == "nestederror.shape"
    assert code(y[::5], x[::5], area[::5], means) == "randomintercept.no_replicates"
    assert code(y[:5], x[:5], area[:5], means) == "randomintercept.one_group"
    assert code(x @ [1.0, 2.0], x, area, means) == "randomintercept.perfect_fit"
    with pytest.raises(EstimationError) as caught:
        battese_harter_fuller(
            y, x, area, areas=np.arange(12), population_means=means,
            population_sizes=np.full(12, 4),
        )  # fmt: skip
    assert caught.value.code == "nestederror.population"
