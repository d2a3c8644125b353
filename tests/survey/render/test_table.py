"""The result record: keeps its promises and survives the database."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from survey.render.table import ResultTable
from tests.survey.render.result_tables import FEW, TABLE, A


def test_a_table_is_the_same_after_json():
    assert ResultTable.from_dict(json.loads(json.dumps(TABLE.to_dict()))) == TABLE


def test_a_table_stored_by_an_older_version_with_more_fields_can_be_read():
    stored = TABLE.to_dict() | {"gone": 1}
    stored["rows"][0]["gone"] = 1
    assert ResultTable.from_dict(stored) == TABLE


@pytest.mark.parametrize(
    "figures",
    [
        {"satisfaction": 0.5},
        {"satisfaction_low": 0.1, "satisfaction_high": 0.9},
        {"unweighted": 0.5},
        {"total": 70.0},
        {"index_percent": 80.0},
        {"band": {"vi": "Tốt", "en": "Good"}},
        {"concepts": A.concepts},
        {"areas": A.areas},
    ],
)
def test_a_suppressed_unit_cannot_carry_an_estimate(figures):
    with pytest.raises(ValueError, match="suppressed"):
        replace(FEW, **figures)


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        ({"satisfaction": 86.591}, "not a share"),
        ({"response_rate": 1.2}, "not a share"),
        ({"satisfaction_high": 1.0001}, "not a share"),
        ({"satisfaction": float("nan")}, "a missing figure is None"),
        ({"satisfaction": 0.95}, "outside"),
        ({"total": 71.8}, "outside"),
    ],
)
def test_figures_that_cannot_be_are_refused(figures, message):
    with pytest.raises(ValueError, match=message):
        replace(A, **figures)


def test_the_noise_of_binary_sums_is_no_mistake():
    replace(A, satisfaction=1 + 2e-16, satisfaction_high=1.0, satisfaction_low=0.9)
