"""Corners where R's `survey` has a rule of its own, and where we go another way on purpose.

Figures: R 4.2.2, survey 4.5.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.errors import EstimationError

LONELY = pd.DataFrame(
    {
        "h": [1, 1, 1, 1, 2, 2, 2, 3], "psu": [1, 1, 2, 3, 4, 5, 5, 6],
        "y": [1, 2, 4, 3, 5, 9, 2, 7], "w": [2, 2, 3, 1, 4, 2, 5, 6],
        "N": [9, 9, 9, 9, 7, 7, 7, 4], "g": list("aaaabbab"),
    }
)  # fmt: skip


def plain(frame: pd.DataFrame, **more) -> SurveyDesign:
    return SurveyDesign(frame, weights="w", **more)


def test_a_lonely_psu_is_adjusted_to_the_strata_of_its_domain():
    """Strata without a row of the domain do not draw the common mean towards 0."""
    design = plain(LONELY, psu="psu", strata="h", fpc="N", lonely="adjust")
    parts, whole = design.total("y", by="g"), design.total("y")
    np.testing.assert_allclose(parts.table["se"], [10.65028503978046, 13.38620469701835], 1e-12)
    assert whole.table["se"][0] == pytest.approx(22.40316463614651, rel=1e-12)
    np.testing.assert_allclose(np.sqrt(np.diag(parts.cov)), parts.table["se"], rtol=1e-12)


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [("math", [1, 1, 2, 5]), ("school", [1.5, 1.5, 2, 5]), ("hf3", [2, 2, 2, 5])],
)
def test_quantiles_below_the_lowest_share(rule, wanted):
    frame = pd.DataFrame({"q": [1, 2, 2, 3, 5], "w": [3, 2, 1, 2, 2]})
    found = plain(frame).quantile("q", [0.1, 0.3, 0.5, 0.95], rule=rule).table["estimate"]
    if rule == "school":
        # 0.3 is met exactly by the first value: the middle to the next, here as below it.
        assert found[1] == 1.5
    assert found.tolist() == wanted


@pytest.mark.parametrize("rule", ["math", "school", "hf3", "hf4"])
def test_no_quantile_lies_outside_the_values(rule):
    """R's hf4 goes on in a straight line below the lowest share; ours does not."""
    frame = pd.DataFrame({"q": [1, 2, 2, 3, 5], "w": [3, 2, 1, 2, 2]})
    found = plain(frame).quantile("q", [0, 0.001, 1], rule=rule).table["estimate"]
    assert found.between(1, 5).all()


@pytest.mark.parametrize("interval", ["beta", "xlogit", "asin"])
def test_the_largest_value_has_no_transformed_interval(interval):
    """Its share is 1 and has no variance; rounding must not make an interval of that."""
    frame = pd.DataFrame({"q": [1.0, 2, 2, 3, 5, 5], "w": [0.1, 0.7, 0.2, 0.3, 0.6, 0.9]})
    row = plain(frame).quantile("q", 0.95, interval=interval).table.iloc[0]
    assert row["estimate"] == 5
    assert np.isnan([row["se"], row["ci_low"], row["ci_high"]]).all()


@pytest.mark.parametrize("seed", range(20))
def test_a_share_of_all_but_rounding_is_all(seed):
    """Sums of weights round differently from row to row; the interval must not hang on that."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"w": rng.random(30), "c": "yes", "psu": np.arange(30) // 3})
    design = plain(frame, psu="psu")
    low = {m: design.proportion("c", method=m).table["ci_low"][0] for m in ("beta", "wilson")}
    # Clopper and Pearson's limit for 30 of 30; the design changes only Student's factor.
    assert 0.85 < low["beta"] < 0.93
    assert 0.85 < low["wilson"] < 0.93
    for method in ("logit", "xlogit", "asin"):
        assert np.isnan(design.proportion("c", method=method).table["ci_low"][0])


def test_a_wald_test_says_when_there_are_too_few_psus():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "w": 1.0,
            "psu": np.arange(40) % 3,
            "a": rng.integers(0, 3, 40),
            "b": rng.integers(0, 3, 40),
        }
    )
    for statistic in ("Wald", "adjWald"):
        with pytest.raises(EstimationError) as refused:
            plain(frame, psu="psu").chisq("a", "b", statistic=statistic)
        assert refused.value.code == "chisq.few_psus"
        assert refused.value.facts == {"df": 2, "interactions": 4}
        assert refused.value.hint
    assert 0 < plain(frame, psu="psu").chisq("a", "b").p <= 1


def test_a_census_has_no_test():
    frame = pd.DataFrame({"w": 1.0, "N": 40, "a": np.arange(40) % 2, "b": np.arange(40) % 3 % 2})
    with pytest.raises(EstimationError) as refused:
        plain(frame, fpc="N").chisq("a", "b")
    assert refused.value.code == "chisq.no_variance"


def test_a_weight_that_was_cut_takes_no_share_later():
    """R 4.2.2, survey 4.5: trimWeights(design, lower = 3, upper = 6, strict = TRUE)."""
    frame = pd.DataFrame({"w": [1.0, 2.0, 3.05, 3.1, 4.0, 4.5, 5.0, 5.2, 6.9]})
    found = plain(frame).trim(lower=3, upper=6).weights
    np.testing.assert_allclose(found, [3, 3, 3, 3, 3.5125, 4.0125, 4.5125, 4.7125, 6], rtol=1e-14)
    assert plain(frame).trim(lower=3, upper=6, redistribute=False).weights.max() == 6
