"""Laws of estimates and weights that hold for every design."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import SurveyDesign
from analysis.errors import CalibrationError, DesignError

pytestmark = pytest.mark.property

DESIGN = {"weights": "w", "strata": "h", "psu": "psu"}


@st.composite
def samples(draw) -> pd.DataFrame:
    """Two to four strata of two to five PSUs of one to four rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    psus = draw(st.lists(st.integers(2, 5), min_size=2, max_size=4))
    rows = [
        (h, f"{h}.{i}")
        for h, count in enumerate(psus)
        for i in range(count)
        for _ in range(rng.integers(1, 5))
    ]
    frame = pd.DataFrame(rows, columns=["h", "psu"])
    n = len(frame)
    return frame.assign(
        w=rng.lognormal(2, 0.7, n), y=rng.normal(5, 2, n), x=rng.random(n) + 0.5,
        d=rng.integers(0, 3, n), sex=np.where(np.arange(n) % 2, "f", "m"),
        age=np.where(rng.random(n) < 0.5, "a", np.where(np.arange(n) % 3, "b", "c")),
        N=frame["h"].map(dict(enumerate(count * 3.0 for count in psus))),
    )  # fmt: skip


def figures(made) -> np.ndarray:
    return made.table[["estimate", "se", "ci_low", "ci_high", "df", "n"]].to_numpy(dtype=float)


def everything(design: SurveyDesign) -> list[np.ndarray]:
    return [
        figures(design.mean(["y", "x"], by="d")),
        figures(design.total("y")),
        figures(design.ratio("y", "x", by="d")),
        figures(design.proportion("sex")),
        figures(design.variance("y")),
    ]


def same(one: list[np.ndarray], other: list[np.ndarray], rtol: float = 1e-9) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-9)


@given(samples(), st.randoms(use_true_random=False))
def test_row_order_changes_nothing(frame, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    same(
        everything(SurveyDesign(frame, fpc="N", **DESIGN)),
        everything(SurveyDesign(frame.iloc[order], fpc="N", **DESIGN)),
    )


@given(samples(), st.floats(0.01, 100))
def test_the_scale_of_weights_moves_totals_only(frame, factor):
    one = SurveyDesign(frame, **DESIGN)
    other = SurveyDesign(frame.assign(w=frame["w"] * factor), **DESIGN)
    same([figures(one.mean("y", by="d"))], [figures(other.mean("y", by="d"))])
    a, b = one.total("y").table, other.total("y").table
    np.testing.assert_allclose(a["se"] * factor, b["se"], rtol=1e-9)


@given(samples())
def test_a_row_in_two_halves_is_the_same_row(frame):
    halves = pd.concat([frame, frame]).assign(w=lambda f: f["w"] / 2)
    one, other = SurveyDesign(frame, **DESIGN), SurveyDesign(halves, **DESIGN)
    columns = ["estimate", "se", "df"]
    for name in ("mean", "total"):
        a, b = getattr(one, name)("y", by="d"), getattr(other, name)("y", by="d")
        np.testing.assert_allclose(
            a.table[columns].to_numpy(float), b.table[columns].to_numpy(float), rtol=1e-9, atol=1e-9
        )


@given(samples())
def test_rows_outside_a_domain_count_as_zeros(frame):
    inside = (frame["d"] == frame["d"].iloc[0]).to_numpy()
    cut = SurveyDesign(frame, fpc="N", **DESIGN).where(inside).total("y").table
    zeroed = SurveyDesign(frame.assign(z=frame["y"] * inside), fpc="N", **DESIGN).total("z").table
    np.testing.assert_allclose(cut[["estimate", "se"]], zeroed[["estimate", "se"]], rtol=1e-9)


@given(samples())
def test_a_row_without_weight_in_the_domain_changes_nothing(frame):
    """A weight of 0 is refused when a design is made; where() is the way to count for nothing."""
    more = pd.concat([frame, frame.iloc[:1].assign(y=1e6, x=1e6)], ignore_index=True)
    inside = np.arange(len(more)) < len(frame)
    one = SurveyDesign(frame, **DESIGN)
    other = SurveyDesign(more, **DESIGN).where(inside)
    same(everything(one), everything(other))


@given(samples(), st.floats(0.8, 1.2))
def test_a_calibrated_sample_is_left_alone(frame, factor):
    known = margins(frame, factor)
    once = SurveyDesign(frame, **DESIGN).rake(known)
    total = float(once.weights @ frame["x"])
    for again in (
        once.rake(known),
        once.calibrate(known | {"x": total}),
        once.calibrate(known, distance="raking"),
        once.calibrate(known, distance="logit", bounds=(0.4, 2.5)),
        once.poststratify("sex", known["sex"]),
    ):
        np.testing.assert_allclose(again.weights / once.weights, 1, rtol=1e-9)


@given(samples())
def test_domain_totals_add_up_with_their_covariance(frame):
    design = SurveyDesign(frame, **DESIGN)
    parts, whole = design.total("y", by="d"), design.total("y").table
    assert parts.table["estimate"].sum() == pytest.approx(whole["estimate"][0], rel=1e-9)
    assert np.sqrt(parts.cov.sum()) == pytest.approx(whole["se"][0], rel=1e-7, abs=1e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(parts.cov)), parts.table["se"], rtol=1e-8, atol=1e-9)


@given(samples())
def test_the_jackknife_of_a_total_is_its_taylor_variance(frame):
    design = SurveyDesign(frame, fpc="N", **DESIGN)
    taylor = design.total(["y", "x"])
    jackknife = design.replicates("JKn").total(["y", "x"])
    np.testing.assert_allclose(jackknife.cov, taylor.cov, rtol=1e-8, atol=1e-7)


def margins(frame: pd.DataFrame, factor: float) -> dict:
    """Reachable by construction: totals of other weights on the same rows."""
    w = frame["w"] * np.where(frame["sex"] == "f", factor, 1.0)
    return {name: w.groupby(frame[name]).sum().to_dict() for name in ("sex", "age")}


@given(samples(), st.floats(0.5, 2))
def test_raking_is_calibration_by_raking_and_meets_its_margins(frame, factor):
    wanted = margins(frame, factor)
    raked = SurveyDesign(frame, **DESIGN).rake(wanted)
    calibrated = SurveyDesign(frame, **DESIGN).calibrate(wanted, distance="raking")
    np.testing.assert_allclose(raked.weights, calibrated.weights, rtol=1e-9)
    for name, totals in wanted.items():
        made = pd.Series(raked.weights).groupby(frame[name]).sum()
        np.testing.assert_allclose(made, pd.Series(totals)[made.index], rtol=1e-10)
    again = raked.rake(wanted)
    np.testing.assert_allclose(again.weights / raked.weights, 1, rtol=1e-9)


@given(samples(), st.floats(0.7, 1.4), st.sampled_from(["linear", "raking", "logit"]))
def test_bounds_are_kept_and_totals_met(frame, factor, distance):
    wanted = margins(frame, factor)
    start = SurveyDesign(frame, **DESIGN)
    made = start.calibrate(wanted, distance=distance, bounds=(0.4, 2.5))
    g = made.weights / start.weights
    assert g.min() >= 0.4 - 1e-12
    assert g.max() <= 2.5 + 1e-12
    for name, totals in wanted.items():
        sums = pd.Series(made.weights).groupby(frame[name]).sum()
        np.testing.assert_allclose(sums, pd.Series(totals)[sums.index], rtol=1e-10)


@given(samples(), st.floats(0.5, 2))
def test_what_is_known_has_no_variance(frame, factor):
    wanted = margins(frame, factor)
    ones = SurveyDesign(frame.assign(one=1.0), **DESIGN).calibrate(wanted).total("one", by="sex")
    assert (ones.table["se"] <= 1e-7 * ones.table["estimate"]).all()


@given(samples(), st.floats(0.8, 1.2))
@settings(max_examples=20)
def test_replicates_of_a_calibrated_design_are_calibrated(frame, factor):
    wanted = {"sex": margins(frame, factor)["sex"]}
    made = SurveyDesign(frame.assign(one=1.0), **DESIGN).poststratify("sex", wanted["sex"])
    try:
        replicated = made.replicates("bootstrap", n=10, seed=1)
    except CalibrationError as refused:
        # A replicate may leave out everyone of one sex; it says so, and which.
        assert refused.code == "calibrate.replicate"
        assert 1 <= refused.facts["replicate"] <= 10
        return
    counts = replicated.total("one", by="sex")
    assert (counts.table["se"] <= 1e-9 * counts.table["estimate"]).all()


@given(samples(), st.integers(0, 2**40))
@settings(max_examples=20)
def test_a_bootstrap_can_be_made_again(frame, seed):
    design = SurveyDesign(frame, **DESIGN)
    one = design.replicates("bootstrap", n=20, seed=seed).mean("y")
    other = design.replicates("bootstrap", n=20, seed=seed).mean("y")
    assert one.table.equals(other.table)


@given(samples(), st.floats(1.2, 3))
def test_trimming_keeps_the_sum_within_the_bounds(frame, factor):
    upper = float(frame["w"].mean()) * factor
    made = SurveyDesign(frame, **DESIGN).trim(upper=upper)
    assert made.weights.max() <= upper * (1 + 1e-12)
    assert made.weights.sum() == pytest.approx(frame["w"].sum(), rel=1e-9)


def test_the_bootstrap_has_the_size_of_the_taylor_variance():
    rng = np.random.default_rng(5)
    n = 1200
    frame = pd.DataFrame(
        {"h": np.arange(n) % 6, "psu": np.arange(n) // 6 % 20 * 6 + np.arange(n) % 6}
    )
    frame = frame.assign(w=rng.lognormal(0, 0.5, n), y=rng.normal(size=n) + frame["psu"] % 5)
    design = SurveyDesign(frame, **DESIGN)
    taylor = design.mean("y").table["se"][0]
    bootstrap = design.replicates("bootstrap", n=2000, seed=3).mean("y").table["se"][0]
    # The chance error of 2,000 replicates is 1.6 %.
    assert bootstrap == pytest.approx(taylor, rel=0.07)


@given(samples(), st.integers(1, 5))
def test_a_row_that_must_not_count_changes_nothing(frame, many):
    """A weight of 0 is refused (was it meant?); the way to keep such a row is `where`."""
    idle = frame.sample(many, replace=True, random_state=1).assign(y=1e6, x=1e6)
    more = pd.concat([frame.assign(counts=True), idle.assign(counts=False)], ignore_index=True)
    with pytest.raises(DesignError) as refused:
        SurveyDesign(more.assign(w=more["w"].where(more["counts"], 0.0)), **DESIGN)
    assert refused.value.code == "design.weight"
    assert refused.value.facts["row"] == len(frame)
    assert "where()" in refused.value.hint
    kept = SurveyDesign(more, **DESIGN).where(more["counts"])
    same(everything(SurveyDesign(frame, **DESIGN)), everything(kept))
