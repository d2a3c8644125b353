"""Alpha and intra-class correlations: by hand, by law, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import EstimationError
from analysis.quality.agreement import cronbach_alpha
from analysis.quality.intraclass import interviewer_icc, rater_agreement


def scale(seed: int, n: int = 60, k: int = 4) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(n, 1)) + random.normal(size=(n, k))


def test_alpha_by_hand():
    # Covariances: variances 2 and 2, covariance 1: alpha = 2 (1 - 4/6) = 2/3.
    x = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 2.0], [-1.0, -2.0]]) * np.sqrt(1.5)
    cov = np.cov(x.T)
    got = cronbach_alpha(x)
    assert got.raw == pytest.approx(2 * (1 - np.trace(cov) / cov.sum()))
    r = np.corrcoef(x.T)[0, 1]
    assert got.standardised == pytest.approx(2 * r / (1 + r))
    assert got.mean_r == pytest.approx(r)
    assert np.isnan(got.if_dropped).all()  # one item alone has no alpha
    assert got.item_rest == pytest.approx([r, r])


def test_the_same_items_twice_have_alpha_one_less_nothing():
    one = scale(1, k=1)
    got = cronbach_alpha(np.hstack([one, one]))
    assert got.raw == pytest.approx(1)
    assert np.isnan(got.guttman6)


@pytest.mark.property
@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_whole_weights_are_repeated_rows_but_for_the_divisor(seed, k):
    x = scale(seed, n=20)
    w = np.random.default_rng(seed).integers(1, 4, 20)
    weighted, repeated = cronbach_alpha(x, weights=w), cronbach_alpha(np.repeat(x, w, axis=0))
    assert weighted.raw == pytest.approx(repeated.raw)
    assert weighted.item_rest == pytest.approx(repeated.item_rest)
    assert cronbach_alpha(x, weights=k * w).raw == pytest.approx(weighted.raw)
    assert weighted.ci_high - weighted.ci_low > repeated.ci_high - repeated.ci_low


@pytest.mark.property
@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_rows_items_and_a_row_of_no_weight_do_not_matter(seed):
    x = scale(seed)
    x[np.random.default_rng(seed).random(x.shape) < 0.1] = np.nan
    got = cronbach_alpha(x, na="pairwise")
    again = cronbach_alpha(x[::-1, ::-1] * 3 + 1000, na="pairwise")
    assert again.raw == pytest.approx(got.raw, rel=1e-9)
    assert again.if_dropped[::-1] == pytest.approx(got.if_dropped, rel=1e-9)
    more = np.vstack([x, np.full((1, 4), 1e6)])
    w = np.append(np.ones(60), 0.0)
    assert cronbach_alpha(more, weights=w, na="pairwise").raw == pytest.approx(got.raw)


def test_feldt_s_interval_covers():
    random = np.random.default_rng(5)
    inside = 0
    for _ in range(300):
        x = random.normal(size=(40, 1)) + random.normal(size=(40, 4))
        got = cronbach_alpha(x)
        inside += got.ci_low <= 0.8 <= got.ci_high  # 4 items of reliability 1/2
    assert inside / 300 == pytest.approx(0.95, abs=0.03)


def test_an_item_keyed_the_other_way_is_noted():
    x = scale(2)
    x[:, 0] *= -1
    assert cronbach_alpha(x).notes == (
        "Items [0] run against the others: are they keyed the other way?",
    )


@pytest.mark.parametrize(
    ("items", "options", "code"),
    [
        (np.ones((5, 1)), {}, "alpha.shape"),
        (scale(1), {"na": "ignore"}, "alpha.na"),
        (np.where(scale(1) > 1, np.nan, 1), {}, "alpha.missing"),
        (scale(1), {"weights": np.ones(3)}, "alpha.weights"),
        (scale(1), {"weights": -np.ones(60)}, "alpha.weights"),
        (np.column_stack([np.ones(60), scale(1)]), {}, "alpha.constant"),
        (scale(1, k=1) * [1, -1], {}, "alpha.constant"),
        (np.array([[1, np.nan], [2, np.nan], [np.nan, 1], [np.nan, 3.0]]), {"na": "pairwise"},
         "alpha.too_few"),
    ],
)  # fmt: skip
def test_bad_input_of_alpha_is_named(items, options, code):
    with pytest.raises(EstimationError) as caught:
        cronbach_alpha(items, **options)
    assert caught.value.code == code


def test_icc_of_a_small_table_by_hand():
    # Means 1, 3, 5 of two each, within variance 2: MSB = 8, MSW = 2, n0 = 2.
    got = interviewer_icc([0, 2, 2, 4, 4, 6], ["a", "a", "b", "b", "c", "c"])
    assert (got.between, got.within, got.n0) == (8, 2, 2)
    assert got.anova == pytest.approx(0.6)
    assert got.f == 4
    # In a balanced table REML is the ANOVA estimate.
    assert (got.sigma2u, got.sigma2e) == (pytest.approx(3), pytest.approx(2))
    assert got.deff == pytest.approx(1.6)


@pytest.mark.property
@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.0, 2.0))
def test_reml_is_anova_in_a_balanced_table_or_zero(seed, spread):
    random = np.random.default_rng(seed)
    of = np.repeat(np.arange(8), 5)
    y = spread * random.normal(size=8)[of] + random.normal(size=40)
    got = interviewer_icc(y, of)
    assert got.reml == pytest.approx(max(got.anova, 0), abs=1e-7)
    moved = interviewer_icc(5 - 2 * y[::-1], of[::-1])
    assert moved.reml == pytest.approx(got.reml, abs=1e-7)
    assert moved.sigma2e == pytest.approx(4 * got.sigma2e)


@pytest.mark.parametrize(
    ("values", "interviewer", "code"),
    [
        ([1.0, 2.0], [1], "icc.shape"),
        ([1.0, np.nan, 2.0], [1, 1, 2], "icc.missing"),
        ([1.0, 3.0, 2.0], ["a", None, "b"], "icc.missing"),
        ([1.0, 1.0, 1.0], [1, 1, 2], "icc.constant"),
        ([1.0, 2.0, 3.0], [1, 1, 1], "randomintercept.one_group"),
        ([1.0, 2.0, 3.0], [1, 2, 3], "randomintercept.no_replicates"),
        ([1.0, 1.0, 2.0, 2.0], [1, 1, 2, 2], "randomintercept.perfect_fit"),
    ],
)
def test_bad_input_of_the_icc_is_named(values, interviewer, code):
    with pytest.raises(EstimationError) as caught:
        interviewer_icc(values, interviewer)
    assert caught.value.code == code


def test_the_table_of_shrout_and_fleiss():
    # Their example: six subjects, four judges.  Shrout and Fleiss (1979), tables 2 and 4.
    judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    got = {one.kind: one for one in rater_agreement(judges)}
    printed = {
        "ICC1": 0.17,
        "ICC2": 0.29,
        "ICC3": 0.71,
        "ICC1k": 0.44,
        "ICC2k": 0.62,
        "ICC3k": 0.91,
    }
    assert {kind: round(one.icc, 2) for kind, one in got.items()} == printed
    for one in got.values():
        assert one.ci_low <= one.icc <= one.ci_high


@pytest.mark.parametrize(
    ("ratings", "code"),
    [
        ([[1.0, 2.0]], "icc.shape"),
        ([[1.0, np.nan], [1.0, 2.0]], "icc.missing"),
        ([[1.0, 1.0], [2.0, 2.0]], "icc.constant"),
    ],
)
def test_bad_ratings_are_named(ratings, code):
    with pytest.raises(EstimationError) as caught:
        rater_agreement(ratings)
    assert caught.value.code == code
