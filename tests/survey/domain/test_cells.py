"""Thin strata are merged until an answer has enough others to hide among."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.cells import JOINT, storage_cells

ORDER = list("abcdef")


def test_a_thin_stratum_takes_in_the_next_one():
    assert storage_cells({"a": 9, "b": 2, "c": 4, "d": 7}, 5, ORDER) == {
        "a": "a",
        "b": "b+c",
        "c": "b+c",
        "d": "d",
    }


def test_what_is_left_at_the_end_joins_the_one_before_it():
    assert storage_cells({"a": 9, "b": 6, "c": 4}, 5, ORDER)["c"] == "b+c"


def test_a_unit_smaller_than_the_rule_is_one_cell():
    assert set(storage_cells({"a": 1, "b": 2}, 5, ORDER).values()) == {"a+b"}


def test_fields_that_the_study_does_not_name_come_last():
    assert storage_cells({"z": 2, "a": 5, "y": 9}, 5, ORDER)["z"] == "y+z"


@given(
    st.dictionaries(st.sampled_from(ORDER), st.integers(0, 12), min_size=1),
    st.integers(1, 10),
)
def test_no_cell_is_thin_unless_its_unit_is(sizes, k):
    cells = storage_cells(sizes, k, ORDER)
    assert set(cells) == set(sizes)
    drawn = Counter()
    for stratum, cell in cells.items():
        assert stratum in cell.split(JOINT)
        drawn[cell] += sizes[stratum]
    assert min(drawn.values()) >= k or len(drawn) == 1
