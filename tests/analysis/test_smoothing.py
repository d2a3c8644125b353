"""Smoothed variances: a perfect law is found again, sums are kept, zeros are lent a value."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import EstimationError
from analysis.estimation.smoothing import smooth_variances


def test_a_law_without_noise_is_found_again():
    n = np.array([10.0, 20.0, 40.0, 80.0])
    got = smooth_variances(3 / n, n)
    assert got.variance == pytest.approx(3 / n)
    assert got.beta == pytest.approx([np.log(3), -1])
    assert got.r2 == pytest.approx(1)


def test_noisy_variances_come_nearer_to_the_truth_and_keep_their_sum():
    random = np.random.default_rng(1)
    n = random.integers(5, 30, 60).astype(float)
    truth = 4 / n
    direct = truth * random.chisquare(n - 1) / (n - 1)
    got = smooth_variances(direct, n)
    assert got.variance.sum() == pytest.approx(direct.sum())
    assert np.abs(np.log(got.variance / truth)).mean() < np.abs(np.log(direct / truth)).mean() / 2


def test_an_area_of_equal_answers_borrows_its_variance():
    n = np.array([10.0, 20.0, 40.0, 80.0])
    d = 3 / n
    d[1] = 0
    got = smooth_variances(d, n)
    assert got.variance[1] == pytest.approx(3 / 20)
    assert got.notes[1] == "1 areas had no variance of their own."


@pytest.mark.parametrize(
    ("d", "n", "code"),
    [
        ([1.0, 2.0], [1.0], "smoothing.shape"),
        ([1.0, -2.0, 1.0], [1.0, 2.0, 3.0], "smoothing.variance"),
        ([1.0, np.nan, 1.0], [1.0, 2.0, 3.0], "smoothing.variance"),
        ([1.0, 1.0, 1.0], [1.0, 0.0, 3.0], "smoothing.n"),
        ([1.0, 0.0, 1.0], [1.0, 2.0, 3.0], "smoothing.too_few"),
        ([1.0, 2.0, 1.0], [5.0, 5.0, 5.0], "covariates.collinear"),
    ],
)
def test_bad_input_is_named(d, n, code):
    with pytest.raises(EstimationError) as caught:
        smooth_variances(d, n)
    assert caught.value.code == code
