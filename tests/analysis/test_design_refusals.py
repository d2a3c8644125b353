"""What a design refuses, with the code, the facts and a way out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.errors import AnalysisError


def sample(**columns) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "w": np.full(40, 5.0), "h": np.repeat([1, 2], 20), "psu": np.repeat(np.arange(10), 4),
            "y": rng.normal(size=40), "x": rng.random(40) + 1, "N": np.full(40, 100.0),
            "sex": np.tile(["f", "m"], 20), "age": np.tile(["a", "a", "b", "b"], 10),
        }
    )  # fmt: skip
    return frame.assign(**columns)


def design(**columns) -> SurveyDesign:
    return SurveyDesign(sample(**columns), weights="w", strata="h", psu="psu")


def at(value: float) -> np.ndarray:
    return np.where(np.arange(40) == 3, value, 5.0)


def one_psu_alone() -> SurveyDesign:
    return design(h=np.where(np.arange(40) < 36, 1, 2))


LONG = {"f": 100.0, "m": 100.0}
REFUSALS = {
    "design.weight": [
        lambda: design(w=at(0.0)), lambda: design(w=at(-1.0)), lambda: design(w=at(np.inf)),
        lambda: design(w=at(np.nan)), lambda: SurveyDesign(sample(), strata="h"),
    ],
    "design.lonely_psu": [
        lambda: one_psu_alone().mean("y"), lambda: one_psu_alone().replicates("JKn"),
        lambda: one_psu_alone().replicates("bootstrap", n=10, seed=1),
    ],
    "design.lonely_option": [lambda: SurveyDesign(sample(), weights="w", lonely="guess")],
    "design.fpc_too_small": [
        lambda: SurveyDesign(sample(N=3.0), weights="w", psu="psu", fpc="N"),
    ],
    "design.psu_in_two_strata": [lambda: design(psu=np.tile(np.arange(10), 4))],
    "design.frame": [lambda: SurveyDesign({"w": [1.0]}, weights="w")],
    "chisq.empty_cells": [lambda: design(q=np.tile([1, 2, 3, 4], 10)).chisq("q", "q")],
    "chisq.no_variance": [lambda: design().chisq("sex", "sex")],
    "contrast.shape": [
        lambda: design().mean("y", by="sex").contrast([(0, 9)]),
        lambda: design().mean("y", by="sex").contrast([[1.0, 2.0, 3.0]]),
    ],
    "design.empty": [lambda: SurveyDesign(sample().iloc[:0], weights="w")],
    "design.no_column": [lambda: SurveyDesign(sample(), weights="nothing")],
    "domain.empty": [lambda: design().where(np.zeros(40, dtype=bool)).mean("y")],
    "domain.mask": [lambda: design().where(np.ones(3, dtype=bool))],
    "domain.missing": [lambda: design(sex=[None, *["f", "m"] * 19, "f"]).mean("y", by="sex")],
    "estimate.missing": [lambda: design(y=at(np.nan)).mean("y")],
    "estimate.infinite": [lambda: design(y=at(np.inf)).mean("y", na="drop")],
    "estimate.no_items": [
        lambda: design().mean([]), lambda: design().total([]), lambda: design().ratio([], []),
    ],
    "estimate.deff": [lambda: design().mean("y", deff="guess")],
    "estimate.na": [lambda: design().mean("y", na="guess")],
    "estimate.no_column": [lambda: design().mean("nothing")],
    "estimate.not_numeric": [lambda: design().mean("sex")],
    "estimate.level": [lambda: design().mean("y", level=95)],
    "estimate.zero_denominator": [lambda: design(x=0.0).ratio("y", "x")],
    "ratio.pairs": [lambda: design().ratio(["y", "x"], "x")],
    "proportion.method": [lambda: design().proportion("sex", method="guess")],
    "quantile.rule": [lambda: design().quantile("y", 0.5, rule="guess")],
    "quantile.probs": [lambda: design().quantile("y", 50)],
    "quantile.interval": [lambda: design().quantile("y", 0.5, interval="guess")],
    "chisq.one_category": [lambda: design(sex="f").chisq("sex", "age")],
    "chisq.statistic": [lambda: design().chisq("sex", "age", statistic="guess")],
    "calibrate.unknown_category": [
        lambda: design().rake({"sex": {"f": 200.0}}), lambda: design().poststratify("sex", {"f": 9})
    ],
    "calibrate.empty_category": [
        lambda: design().rake({"sex": LONG | {"x": 5.0}}),
        lambda: design().poststratify("sex", LONG | {"x": 5.0}),
    ],
    "calibrate.contradiction": [
        lambda: design().rake({"sex": LONG, "age": {"a": 100.0, "b": 150.0}}),
        lambda: design().calibrate({"sex": LONG, "age": {"a": 100.0, "b": 150.0}}),
        lambda: design(z=lambda f: 2 * f["x"]).calibrate({"x": 300.0, "z": 500.0}),
    ],
    "calibrate.total": [
        lambda: design().rake({"sex": {"f": -1.0, "m": 3.0}}),
        lambda: design().calibrate({"x": float("nan")}),
    ],
    "calibrate.no_totals": [lambda: design().calibrate({}), lambda: design().rake({})],
    "calibrate.infeasible": [
        lambda: design().calibrate({"sex": {"f": 190.0, "m": 10.0}}, bounds=(0.5, 1.5)),
        lambda: design().calibrate({"x": 5000.0}, distance="logit", bounds=(0.5, 1.5)),
    ],
    "calibrate.no_convergence": [
        lambda: design().rake({"sex": {"f": 190.0, "m": 10.0}, "age": {"a": 180.0, "b": 20.0}},
                              max_iter=1),
    ],
    "calibrate.bounds": [
        lambda: design().calibrate({"sex": LONG}, bounds=(1.2, 1.5)),
        lambda: design().calibrate({"sex": LONG}, distance="logit"),
    ],
    "calibrate.distance": [lambda: design().calibrate({"sex": LONG}, distance="guess")],
    "calibrate.missing": [lambda: design(x=at(np.nan)).calibrate({"x": 3.0})],
    "calibrate.replicates": [lambda: design().replicates("JKn").rake({"sex": LONG})],
    "trim.bounds": [lambda: design().trim(lower=5, upper=4)],
    "replicates.method": [lambda: design().replicates("guess")],
    "replicates.n": [lambda: design().replicates("bootstrap", seed=1)],
    "replicates.seed": [lambda: design().replicates("bootstrap", n=9)],
    "replicates.pairs": [lambda: design().replicates("BRR")],
    "replicates.rho": [lambda: design().replicates("Fay", rho=1.0)],
    "replicates.strata": [lambda: design().replicates("JK1")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "ask"), [(code, ask) for code, asks in REFUSALS.items() for ask in asks]
)
def test_refused(code, ask):
    with pytest.raises(AnalysisError) as refused:
        ask()
    assert refused.value.code == code
    assert refused.value.message


def test_infeasible_totals_name_the_bounds_that_would_do():
    with pytest.raises(AnalysisError) as refused:
        design().calibrate({"sex": {"f": 190.0, "m": 10.0}}, bounds=(0.5, 1.5))
    low, high = refused.value.facts["narrowest"]
    # 20 rows of weight 5 each: g is 1.9 and 0.1 at best.
    assert (low, high) == pytest.approx((0.1, 1.9))
    assert set(refused.value.facts["conflict"]) <= {"sex=f", "sex=m"}
    done = design().calibrate({"sex": {"f": 190.0, "m": 10.0}}, bounds=(low, high + 1e-9))
    assert done.weights.sum() == pytest.approx(200)


def test_a_missing_value_names_its_place():
    with pytest.raises(AnalysisError) as refused:
        design(y=at(np.nan)).mean(["x", "y"])
    assert refused.value.facts == {"column": "y", "row": 3, "missing": 1}
    assert "drop" in refused.value.hint
