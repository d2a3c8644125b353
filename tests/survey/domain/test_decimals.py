"""Figures are shown as they were decided: not rounded a second time, halves up everywhere."""

from __future__ import annotations

from decimal import Decimal

import pytest

from survey.domain import decimals


@pytest.mark.parametrize(
    ("value", "shown"), [(79.999, 3), (80.5, 2), (80.0, 2), (80.123456, 6), (80.68181818181, 2)]
)
def test_an_index_keeps_the_decimals_of_its_scheme(value, shown):
    assert decimals.kept(value) == shown


@pytest.mark.parametrize(
    ("value", "rounded"), [(1.005, "1.01"), (2.125, "2.13"), (-0.001, "0.00"), (1e6, "1000000.00")]
)
def test_a_half_as_it_is_written_goes_up(value, rounded):
    assert str(decimals.half_up(value, 2)) == rounded


def test_a_number_that_is_exact_already_stays_so():
    assert decimals.exact(Decimal("0.1")) == Decimal("0.1")
