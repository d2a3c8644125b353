"""Figures and dates in the two languages."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from survey.render.numbers import MISSING, count, day, number, percent


@pytest.mark.parametrize(
    ("value", "decimals", "vi", "en"),
    [
        (1234567.5, 1, "1.234.567,5", "1,234,567.5"),
        (0.5, 0, "1", "1"),
        (2.5, 0, "3", "3"),
        (1.005, 2, "1,01", "1.01"),
        (-1.25, 1, "\u22121,3", "\u22121.3"),
        (-0.04, 1, "0,0", "0.0"),
        (1e-9, 2, "0,00", "0.00"),
        (1e15, 0, "1.000.000.000.000.000", "1,000,000,000,000,000"),
        (None, 2, MISSING, MISSING),
        (np.float64(25.977), 2, "25,98", "25.98"),
    ],
)
def test_numbers(value, decimals, vi, en):
    assert number(value, decimals, "vi") == vi
    assert number(value, decimals, "en") == en


@pytest.mark.parametrize(
    ("share", "vi"), [(0.86591, "86,6%"), (0.5745, "57,5%"), (1, "100,0%"), (None, MISSING)]
)
def test_percentages(share, vi):
    assert percent(share, 1, "vi") == vi
    assert percent(share, 1, "en") == vi.replace(",", ".")


def test_counts_and_days():
    assert count(12345, "vi") == "12.345"
    assert count(None, "en") == MISSING
    assert day(date(2023, 4, 9), "vi") == "09/04/2023"
    assert day(date(2023, 4, 9), "en") == "9 April 2023"
    assert day(None, "vi") == MISSING
