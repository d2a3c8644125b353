"""Released reserves: the sample grows, estimates stay where they were.

Simulated: a stratum in random order, main cases first; every case that does not answer is
replaced by the next reserve while there is one.
"""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.weighting.base import base_weights
from analysis.weighting.eligibility import NONRESPONDENT, RESPONDENT
from analysis.weighting.nonresponse import weighting_class
from analysis.weighting.reserves import released_probability

#: Units, main cases, reserves and the mean response of two strata.
STRATA = ((300, 24, 30, 0.45), (120, 16, 10, 0.8))


def field(order: np.ndarray, responds: np.ndarray, n_main: int, n_reserve: int) -> np.ndarray:
    """Units in the field, in their order, once every silent case was replaced or none is left."""
    n = n_main
    worked = 0
    while worked < n:
        n += bool(not responds[order[worked]] and n < n_main + n_reserve)
        worked += 1
    return order[:n]


def population(rng: np.random.Generator) -> list[np.ndarray]:
    return [
        np.clip(rng.normal(3.5 + 0.8 * h, 1.0, size), 1, 5) for h, (size, *_) in enumerate(STRATA)
    ]


def one_wave(rng, values, response) -> dict[str, float]:
    """Weighted mean, the sum of base weights, and the plain mean of the same respondents."""
    weights, y, strata, status = [], [], [], []
    for h, (size, n_main, n_reserve, _) in enumerate(STRATA):
        responds = rng.random(size) < response[h]
        issued = field(rng.permutation(size), responds, n_main, n_reserve)
        chance = released_probability(np.full(issued.size, n_main / size), n_main, issued.size)
        weights.append(base_weights(chance).weights)
        y.append(values[h][issued])
        strata.append(np.full(issued.size, h))
        status.append(np.where(responds[issued], RESPONDENT, NONRESPONDENT))
    w, y, strata, status = map(np.concatenate, (weights, y, strata, status))
    final = weighting_class(w, status, strata).weights
    return {
        "mean": float((final * y).sum() / final.sum()),
        "total": float((final * y).sum()),
        "frame": float(w.sum()),
        "rate": float((status == RESPONDENT).mean()),
    }


def simulate(response, n_waves: int) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(20231120)
    values = population(rng)
    waves = [one_wave(rng, values, response) for _ in range(n_waves)]
    return {name: np.array([wave[name] for wave in waves]) for name in waves[0]}, values


def bias_in_errors(estimates: np.ndarray, truth: float) -> float:
    """Bias in standard errors of the simulation's own mean."""
    return float((estimates.mean() - truth) / (estimates.std(ddof=1) / np.sqrt(estimates.size)))


def test_means_and_totals_stay_unbiased_when_response_is_random():
    response = [np.full(size, rate) for size, _, _, rate in STRATA]
    found, values = simulate(response, 1500)
    everybody = np.concatenate(values)
    assert abs(bias_in_errors(found["mean"], everybody.mean())) < 3.5
    assert abs(bias_in_errors(found["total"], everybody.sum())) < 3.5
    # The simulation can see a bias: half a standard deviation of one wave would show 15 times.
    assert abs(bias_in_errors(found["mean"], everybody.mean() + 0.5 * found["mean"].std())) > 15


def test_the_issued_cases_stand_for_the_frame_whatever_was_released():
    response = [np.full(size, rate) for size, _, _, rate in STRATA]
    found, values = simulate(response, 50)
    assert found["frame"] == pytest.approx(sum(len(part) for part in values))


def test_reserves_do_not_mend_non_response_that_goes_with_the_answers():
    rng = np.random.default_rng(20231120)
    response = [np.clip(part / 5, 0.1, 1) for part in population(rng)]
    found, values = simulate(response, 600)
    truth = np.concatenate(values).mean()
    # What the weights can reach: the response-weighted mean of each stratum.
    reached = sum(
        len(part) * np.average(part, weights=rate)
        for part, rate in zip(values, response, strict=True)
    ) / len(np.concatenate(values))
    assert abs(bias_in_errors(found["mean"], truth)) > 10
    assert found["mean"].mean() == pytest.approx(reached, abs=0.02)


def test_haldanes_rate_is_unbiased_while_reserves_last_and_the_plain_one_is_not():
    rng = np.random.default_rng(7)
    rate, m, size = 0.4, 8, 4000
    plain, haldane = [], []
    for _ in range(6000):
        n = field(np.arange(size), rng.random(size) < rate, m, size - m).size
        plain.append(m / n)
        haldane.append((m - 1) / (n - 1))
    assert abs(bias_in_errors(np.array(haldane), rate)) < 3.5
    assert bias_in_errors(np.array(plain), rate) > 10


def test_the_order_alone_decides_who_is_next():
    responds = np.array([True, False, True, False, False, True, True])
    assert field(np.arange(7), responds, 3, 4).tolist() == [0, 1, 2, 3, 4, 5]
    assert field(np.arange(7), responds, 3, 2).tolist() == [0, 1, 2, 3, 4]


def test_a_whole_stratum_in_the_field_is_certain():
    assert released_probability(7 / 49, 7, 49).tolist() == [1.0]
    assert released_probability([0.1, 0.1], [10, 10], [10, 15]) == pytest.approx([0.1, 0.15])


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ((0.5, 10, 9), "reserves.counts"),
        ((0.5, 0, 0), "reserves.counts"),
        ((0.5, 10, 21), "reserves.probability"),
        ((0.0, 10, 12), "reserves.probability"),
        ((np.nan, 10, 12), "reserves.probability"),
    ],
)
def test_counts_that_cannot_be_are_refused(counts, code):
    with pytest.raises(AnalysisError) as caught:
        released_probability(*counts)
    assert caught.value.code == code
