"""Key drivers: correlations and slopes with the doubt that the sample leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.errors import EstimationError
from analysis.index.drivers import key_drivers
from analysis.index.satisfaction import design_of


def sample(n: int, seed: int, *, n_strata: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    rows = pd.DataFrame(
        {
            "a1": quality + rng.normal(size=n),
            "a2": quality + rng.normal(size=n),
            "b1": 0.3 * quality + rng.normal(size=n),
            "y": quality + 0.5 * rng.normal(size=n),
            "cell": [f"c{i % n_strata}" for i in range(n)],
            "weight": 10.0,
        }
    )
    return rows


def equal_weights(rows: pd.DataFrame):
    def make(columns: pd.DataFrame) -> SurveyDesign:
        return SurveyDesign(columns.assign(w=1.0), weights="w")

    return make


CONCEPTS = {"a": ["a1", "a2"], "b": ["b1"]}


def test_with_equal_weights_it_is_the_plain_correlation_and_regression():
    rows = sample(400, 1)
    found = key_drivers(rows, CONCEPTS, "y", equal_weights(rows))
    a, b = rows[["a1", "a2"]].mean(axis=1), rows["b1"]
    assert [d.correlation for d in found.drivers] == pytest.approx(
        [np.corrcoef(a, rows["y"])[0, 1], np.corrcoef(b, rows["y"])[0, 1]]
    )
    z = np.column_stack([(v - v.mean()) / v.std() for v in (a, b, rows["y"])])
    beta, residual, *_ = np.linalg.lstsq(z[:, :2], z[:, 2], rcond=None)
    assert [d.beta for d in found.drivers] == pytest.approx(beta.tolist())
    assert found.r_squared == pytest.approx(1 - residual[0] / (z[:, 2] @ z[:, 2]))


def test_an_independent_sample_s_standard_error_is_the_textbook_s():
    # For normal variables the variance of r is (1 - r²)² / n (Fisher 1915).
    rows = sample(20_000, 2)
    driver = key_drivers(rows, CONCEPTS, "y", equal_weights(rows)).drivers[1]
    assert driver.se == pytest.approx((1 - driver.correlation**2) / np.sqrt(20_000), rel=0.03)
    assert driver.low < driver.correlation < driver.high < 1


def test_the_standard_errors_are_those_that_repetition_shows():
    """Stratified samples without replacement from one population, spread of the estimates."""
    population = sample(3_000, 3)
    population["cell"] = np.where(population["a1"] > 0, "high", "low")
    sizes = population["cell"].value_counts().to_dict()
    rng, found = np.random.default_rng(4), []
    for _ in range(150):
        drawn = pd.concat(
            group.sample(n=150 if cell == "high" else 60, random_state=rng)
            for cell, group in population.groupby("cell")
        ).reset_index(drop=True)
        weights = drawn["cell"].map(sizes) / drawn["cell"].map({"high": 150, "low": 60})
        drawn = drawn.assign(weight=weights)
        kept = drawn[["cell", "weight"]]
        found.append(
            key_drivers(drawn, CONCEPTS, "y",
                        lambda columns, kept=kept: design_of(kept.join(columns), sizes))
        )  # fmt: skip
    for i in range(2):
        for value, error in (("correlation", "se"), ("beta", "beta_se")):
            spread = np.std([getattr(f.drivers[i], value) for f in found], ddof=1)
            stated = np.sqrt(np.mean([getattr(f.drivers[i], error) ** 2 for f in found]))
            # 150 repetitions know a spread to 6 %; four of these are allowed.
            assert stated == pytest.approx(spread, rel=0.24), (i, value)


def test_missing_ratings_leave_only_what_needs_them():
    rows = sample(200, 5)
    rows.loc[rows.index[:80], "b1"] = np.nan
    found = key_drivers(rows, CONCEPTS, "y", equal_weights(rows))
    assert [d.n for d in found.drivers] == [200, 120]
    assert found.n_regression == 120


def test_too_few_rows_leave_the_regression_out_and_nothing_is_made_up():
    rows = sample(25, 6)
    found = key_drivers(rows, CONCEPTS, "y", equal_weights(rows))
    assert found.r_squared is None
    assert [d.beta for d in found.drivers] == [None, None]
    rows["b1"] = 5.0
    assert [d.concept for d in key_drivers(rows, CONCEPTS, "y", equal_weights(rows)).drivers] == [
        "a"
    ]


def test_an_overall_rating_that_is_missing_or_always_the_same_is_refused():
    rows = sample(50, 7)
    with pytest.raises(EstimationError, match="No column"):
        key_drivers(rows, CONCEPTS, "z", equal_weights(rows))
    rows["y"] = 4.0
    with pytest.raises(EstimationError, match="alike"):
        key_drivers(rows, CONCEPTS, "y", equal_weights(rows))
