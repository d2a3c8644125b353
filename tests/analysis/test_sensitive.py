"""Randomised response and list experiments: hand-worked figures, and what simulations recover."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.errors import EstimationError
from analysis.estimation.sensitive import list_experiment, randomised_response


def simple(answers, **columns) -> SurveyDesign:
    frame = pd.DataFrame({"a": answers, "w": 1.0, **columns})
    return SurveyDesign(frame, weights="w")


# 400 answers, 130 count: λ = 0.325, V(λ) = λ(1 − λ)/399.
@pytest.mark.parametrize(
    ("technique", "probabilities", "share", "slope"),
    [
        ("crosswise", {"p": 0.25}, (0.325 + 0.25 - 1) / -0.5, -0.5),
        ("warner", {"p": 0.7}, (0.325 + 0.7 - 1) / 0.4, 0.4),
        ("unrelated", {"p": 0.75, "q": 0.2}, (0.325 - 0.25 * 0.2) / 0.75, 0.75),
        ("forced", {"yes": 1 / 6, "no": 1 / 6}, (0.325 - 1 / 6) / (2 / 3), 2 / 3),
    ],
)
def test_worked_by_hand(technique, probabilities, share, slope):
    design = simple([1.0] * 130 + [0.0] * 270)
    found = randomised_response(design, "a", technique=technique, probabilities=probabilities)
    (row,) = found.table.to_dict("records")
    assert row["estimate"] == pytest.approx(share, rel=1e-12)
    assert row["se"] == pytest.approx(np.sqrt(0.325 * 0.675 / 399) / abs(slope), rel=1e-12)
    assert 0 <= row["ci_low"] < share < row["ci_high"] <= 1
    assert found.cov[0, 0] == pytest.approx(row["se"] ** 2, rel=1e-12)
    # Chance costs: the variance of a direct question is smaller.
    assert row["deff"] > 1


def test_the_published_example_of_warner():
    """Warner (1965) gives V = π(1−π)/n + p(1−p)/(n(2p−1)²); ours has n − 1 in place of n."""
    n, p, pi = 1000, 0.7, 0.3
    share = p * pi + (1 - p) * (1 - pi)
    design = simple([1.0] * round(n * share) + [0.0] * (n - round(n * share)))
    found = randomised_response(design, "a", technique="warner", probabilities={"p": p}).table
    expected = pi * (1 - pi) / n + p * (1 - p) / (n * (2 * p - 1) ** 2)
    assert found["estimate"].iloc[0] == pytest.approx(pi)
    assert found["se"].iloc[0] ** 2 == pytest.approx(expected * n / (n - 1), rel=1e-9)


def test_strata_weights_and_domains_are_the_designs():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "a": rng.integers(0, 2, 300).astype(float),
            "w": rng.uniform(1, 5, 300),
            "s": rng.integers(0, 4, 300),
            "d": rng.integers(0, 2, 300),
        }
    )
    design = SurveyDesign(frame, weights="w", strata="s")
    direct = design.mean("a", by="d")
    found = randomised_response(
        design, "a", technique="forced", probabilities={"yes": 0.2, "no": 0.1}, by="d"
    )
    np.testing.assert_allclose(found.table["estimate"], (direct.table["estimate"] - 0.2) / 0.7)
    np.testing.assert_allclose(found.cov, direct.cov / 0.49)


@pytest.mark.parametrize(
    ("technique", "probabilities", "code"),
    [
        ("dice", {"p": 0.3}, "sensitive.technique"),
        ("warner", {"p": 0.5}, "sensitive.probabilities"),
        ("warner", {"q": 0.3}, "sensitive.probabilities"),
        ("forced", {"yes": 0.6, "no": 0.4}, "sensitive.probabilities"),
        ("forced", {"yes": 0.7, "no": 0.4}, "sensitive.probabilities"),
        ("unrelated", {"p": 1.0, "q": 0.2}, "sensitive.probabilities"),
    ],
)
def test_a_design_that_says_nothing_is_refused(technique, probabilities, code):
    with pytest.raises(EstimationError) as caught:
        randomised_response(
            simple([0.0, 1.0, 1.0]), "a", technique=technique, probabilities=probabilities
        )
    assert caught.value.code == code


def test_an_answer_that_is_none_is_refused():
    with pytest.raises(EstimationError, match="more than 0, 1"):
        randomised_response(
            simple([0.0, 2.0]), "a", technique="crosswise", probabilities={"p": 0.3}
        )


def test_crosswise_recovers_the_share_and_its_interval_covers():
    rng, pi, p, n = np.random.default_rng(11), 0.12, 0.25, 800
    estimates, covered = [], 0
    for _ in range(600):
        trait, other = rng.random(n) < pi, rng.random(n) < p
        found = randomised_response(
            simple((trait == other).astype(float)),
            "a",
            technique="crosswise",
            probabilities={"p": p},
        ).table.iloc[0]
        estimates.append(found["estimate"])
        covered += found["ci_low"] <= pi <= found["ci_high"]
    # Standard error of the mean of 600: about 0.0014; of coverage: 0.9 points.
    assert np.mean(estimates) == pytest.approx(pi, abs=0.006)
    assert 0.92 <= covered / 600 <= 0.98


def lists(rng, n: int, pi: float, *, flattened: bool = False) -> SurveyDesign:
    innocent = rng.binomial(4, 0.5, n)
    trait, treated = rng.random(n) < pi, rng.random(n) < 0.5
    count = innocent + (trait & treated)
    if flattened:  # who sees the sensitive item hides behind low numbers
        count = np.where(treated, np.maximum(count - 1, 0), count)
    return simple(count.astype(float), t=treated)


def test_the_list_experiment_recovers_the_share():
    rng, pi = np.random.default_rng(5), 0.3
    found = [list_experiment(lists(rng, 1000, pi), "a", "t", items=4) for _ in range(300)]
    shares = np.array([each.share.table["estimate"].iloc[0] for each in found])
    errors = np.array([each.share.table["se"].iloc[0] for each in found])
    assert shares.mean() == pytest.approx(pi, abs=4 * shares.std() / np.sqrt(300))
    assert errors.mean() == pytest.approx(shares.std(ddof=1), rel=0.12)
    assert np.mean([each.p_value < 0.05 for each in found]) < 0.05


def test_the_list_experiment_by_hand():
    design = simple([1.0, 2.0, 3.0, 2.0, 4.0, 3.0], t=[False, False, False, True, True, True])
    found = list_experiment(design, "a", "t", items=4)
    (row,) = found.share.table.to_dict("records")
    assert row["estimate"] == pytest.approx(1.0) and row["n"] == 6
    # Linearised means of two random halves: 6/5 · (Σ(x − mean)²/9) for each list.
    assert row["se"] ** 2 == pytest.approx(6 / 5 * (2 / 9 + 2 / 9), rel=1e-12)
    joint = found.joint.set_index(["y", "sensitive"])["estimate"]
    assert joint.sum() == pytest.approx(1.0)
    assert joint[(1, True)] == pytest.approx(1 / 3)


def test_people_who_hide_behind_low_counts_are_noticed():
    found = list_experiment(
        lists(np.random.default_rng(9), 2000, 0.3, flattened=True), "a", "t", items=4
    )
    assert found.p_value < 0.001


@pytest.mark.parametrize(
    ("answers", "treated", "code"),
    [
        ([1.0, 5.0], [True, False], "sensitive.count"),
        ([1.0, -1.0], [True, False], "sensitive.count"),
        ([1.5, 1.0], [True, False], "sensitive.count"),
        ([1.0, 2.0], [True, True], "sensitive.one_list"),
    ],
)
def test_counts_off_the_list_and_a_missing_list_are_refused(answers, treated, code):
    with pytest.raises(EstimationError) as caught:
        list_experiment(simple(answers, t=treated), "a", "t", items=4)
    assert caught.value.code == code


def test_the_longer_list_may_have_one_more():
    assert list_experiment(simple([5.0, 4.0, 5.0, 3.0], t=[True, False] * 2), "a", "t", items=4)
