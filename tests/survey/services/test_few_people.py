"""Counts of few people are hidden, those too that a subtraction would tell."""

from __future__ import annotations

import random

import pytest

from survey.services.composition import few_people

LEAST = 3
ITEMS = ("a", "b")


def trace(numbers: dict[str, tuple[int, int]]) -> dict:
    items = [
        {
            "name": name, "satisfied": yes, "valid": yes + no, "share": 0.5,
            "few": min(yes, no) < LEAST,
        }
        for name, (yes, no) in numbers.items()
    ]  # fmt: skip
    return {"leaves": [{"id": "leaf", "items": items}, {"id": "verified"}]}


def added(traces) -> dict:
    sums = dict.fromkeys(ITEMS, (0, 0))
    for each in traces:
        for item in each["leaves"][0]["items"]:
            yes, no = sums[item["name"]]
            own = few_people.counts(item)
            sums[item["name"]] = (yes + own[0], no + own[1])
    return trace(sums)


def of(traces: dict, unit: str, name: str) -> dict:
    return next(x for x in traces[unit]["leaves"][0]["items"] if x["name"] == name)


@pytest.mark.parametrize("seed", range(40))
def test_nobody_can_subtract_few_people(seed):
    chance = random.Random(seed)

    def some(most: int) -> dict[str, tuple[int, int]]:
        return {name: (chance.randrange(most), chance.randrange(most)) for name in ITEMS}

    less = {f"u{n}": trace(some(12)) for n in range(5)}
    more = {
        unit: trace(
            {
                name: tuple(n + chance.choice((0, 0, 1, 4)) for n in few_people.counts(item))
                for name in ITEMS
                for item in [of(less, unit, name)]
            }
        )
        for unit in less
    }
    less[""], more[""] = added(less.values()), added(more.values())
    few_people.mark(less, more, "", LEAST)
    for name in ITEMS:
        rests = []
        for side in (less, more):
            units = [unit for unit in side if unit]
            for unit in units:
                item = of(side, unit, name)
                assert item["few"] or min(few_people.counts(item)) >= LEAST
                apart = [
                    abs(a - b)
                    for a, b in zip(*(few_people.counts(of(x, unit, name)) for x in (less, more)),
                                    strict=True)
                ]  # fmt: skip
                assert item["few"] or not any(apart) or min(apart) >= LEAST
            if of(side, "", name)["few"]:
                continue
            hidden = [
                few_people.counts(of(side, u, name)) for u in units if of(side, u, name)["few"]
            ]
            rest = tuple(map(sum, zip(*hidden, strict=True))) if hidden else (0, 0)
            assert not any(rest) or min(rest) >= LEAST
            rests.append(rest)
        if len(rests) == 2:
            apart = [abs(a - b) for a, b in zip(*rests, strict=True)]
            assert not any(apart) or min(apart) >= LEAST


def test_what_is_hidden_is_not_in_the_public_copy():
    found = few_people.redacted(trace({"a": (1, 9), "b": (5, 5)}))
    a, b = found["leaves"][0]["items"]
    assert "satisfied" not in a and "share" not in a and a["valid"] == 10
    assert b["satisfied"] == 5
