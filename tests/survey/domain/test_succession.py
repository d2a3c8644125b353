"""Where a unit lies in the units of a later day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.succession import Move, spread

Y23, Y24, Y25, Y26 = (date(year, 7, 1) for year in (2023, 2024, 2025, 2026))


def follow(unit, moves, ends, since=Y23, until=Y26):
    of: dict[int, list[Move]] = {}
    for move in moves:
        of.setdefault(move.from_unit, []).append(move)
    return spread(unit, of, ends, since=since, until=until)


def test_a_unit_that_nothing_happened_to_is_itself():
    found = follow(1, [], {1: None})
    assert (dict(found.shares), found.known) == ({1: 1.0}, True)


def test_parts_of_parts_are_multiplied_along_the_way():
    moves = [
        Move(1, 2, Y24, 0.25),
        Move(1, 3, Y24, 0.75),
        Move(3, 4, Y25, 0.4),
        Move(3, 5, Y25, 0.6),
    ]
    found = follow(1, moves, {1: Y24, 2: None, 3: Y25, 4: None, 5: None})
    assert found.shares == pytest.approx({2: 0.25, 4: 0.3, 5: 0.45})
    before = follow(1, moves, {1: Y24, 2: None, 3: Y25, 4: None, 5: None}, until=Y24)
    assert before.shares == pytest.approx({2: 0.25, 3: 0.75})


def test_a_unit_that_gives_a_part_away_keeps_the_rest_and_may_lose_it_later():
    moves = [Move(1, 2, Y24, 0.1), Move(1, 3, Y25, 1.0)]
    assert follow(1, moves, {1: Y25, 2: None, 3: None}).shares == pytest.approx({2: 0.1, 3: 0.9})


def test_an_unknown_share_makes_only_its_heirs_unknown():
    moves = [
        Move(1, 2, Y24, 0.5),
        Move(1, 3, Y24, 0.5),
        Move(3, 4, Y25, None),
        Move(3, 5, Y25, None),
    ]
    found = follow(1, moves, {1: Y24, 2: None, 3: Y25, 4: None, 5: None})
    assert (dict(found.shares), found.unknown) == ({2: 0.5}, frozenset({4, 5}))


def test_a_unit_that_ended_without_heirs_is_told():
    assert follow(1, [], {1: Y24}).lost


def test_what_moved_before_the_first_day_is_not_moved_again():
    moves = [Move(1, 2, Y24, 0.3)]
    assert follow(1, moves, {1: None, 2: None}, since=Y24).shares == {1: 1.0}


@pytest.mark.property
@given(st.lists(st.lists(st.floats(0.01, 1), min_size=1, max_size=4), min_size=1, max_size=4))
def test_nothing_is_lost_on_a_way_whose_shares_are_known(steps):
    moves, ends, here, unit = [], {1: None}, 1, 1
    for year, weights in enumerate(steps, start=2024):
        on = date(year, 1, 1)
        ends[here] = on
        for weight in weights:
            unit += 1
            ends[unit] = None
            moves.append(Move(here, unit, on, weight / sum(weights)))
        here = unit
    found = follow(1, moves, ends, until=date(2040, 1, 1))
    assert found.known
    assert sum(found.shares.values()) == pytest.approx(1)
