"""Combinations that too few rows share, and what to leave out until none is left."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.anonymity import exposed, to_leave_out

NAMES = ("unit", "sex", "age")


def test_rows_below_k_are_exposed():
    seen = Counter({("a", 1): 3, ("a", 2): 1, ("b", 1): 2})
    assert [exposed(seen, k) for k in (1, 2, 3, 4)] == [0, 1, 3, 6]


def test_the_name_that_tells_people_apart_is_left_out_first():
    seen = Counter({("a", 1, age): 1 for age in range(4)} | {("b", 1, 0): 4})
    assert to_leave_out(seen, NAMES, 1, 4) == ["age"]
    assert to_leave_out(Counter({("a", 1, 1): 5}), NAMES, 1, 5) == []
    assert to_leave_out(Counter({("a", 1, 1): 5, ("b", 1, 1): 1}), NAMES, 1, 2) is None


ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=40
)


@given(ROWS, st.integers(2, 6))
def test_without_what_it_names_nobody_is_exposed(rows, k):
    gone = to_leave_out(Counter(rows), NAMES, 1, k)
    kept = [place for place, name in enumerate(NAMES) if name not in (gone or NAMES[1:])]
    left = exposed(Counter(tuple(row[place] for place in kept) for row in rows), k)
    assert (left == 0) == (gone is not None)
