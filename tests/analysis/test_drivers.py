"""Key drivers: correlations and slopes with the doubt that the sample leaves."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.errors import EstimationError
from analysis.index.drivers import key_drivers
from analysis.index.nested_sums import NestedDesign
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


def test_the_nested_design_gives_what_the_design_gives():
    """With unequal weights, missing answers and several cells."""
    rows = sample(600, 9, n_strata=12)
    rng = np.random.default_rng(10)
    rows["weight"] = rng.uniform(1, 9, len(rows))
    rows.loc[rng.random(len(rows)) < 0.1, "y"] = np.nan
    rows.loc[rng.random(len(rows)) < 0.1, "b1"] = np.nan
    populations = {cell: 60 + 7 * i for i, cell in enumerate(sorted(rows["cell"].unique()))}
    sizes = rows["cell"].map(populations).to_numpy(dtype=float)
    kept = rows[["cell", "weight"]]
    by_design = key_drivers(
        rows, CONCEPTS, "y", lambda columns: design_of(kept.join(columns), populations)
    )
    nested = key_drivers(
        rows, CONCEPTS, "y", lambda columns: NestedDesign(kept.join(columns), sizes)
    )
    assert len(nested.drivers) == 2
    for one, other in zip(nested.drivers, by_design.drivers, strict=True):
        assert (one.concept, one.n) == (other.concept, other.n)
        for figure in ("correlation", "se", "low", "high", "beta", "beta_se"):
            assert getattr(one, figure) == pytest.approx(getattr(other, figure), rel=1e-9)
    assert nested.r_squared == pytest.approx(by_design.r_squared)


def test_drivers_of_a_country_take_no_matrix_of_its_cells():
    rows = sample(90_000, 11, n_strata=30_000)
    sizes = np.full(len(rows), 40.0)
    kept = rows[["cell", "weight"]]
    tracemalloc.start()
    found = key_drivers(
        rows, CONCEPTS, "y", lambda columns: NestedDesign(kept.join(columns), sizes)
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.drivers) == 2
    assert peak < 200 * 2**20
