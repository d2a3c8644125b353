"""Household rounds: the draw within an area, on the server and on the tablet."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from survey.domain import household
from survey.domain.household import Entry, Selection
from tests.support.javascript import node, plain, twin

CASES = json.loads(Path(__file__).with_name("household_cases.json").read_text("utf-8"))
needs_node = pytest.mark.skipif(node() is None, reason="no Node.js here (make tablet brings one)")
NAMES = [f"{c['name']}, {c['method']} {c['wanted']}, {c['seed'][:5]}" for c in CASES]


def listing(case) -> list[Entry]:
    return [Entry(*line) for line in case["listing"]]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_server_draws_what_the_shared_file_says(case):
    told = listing(case)
    digest = household.listing_digest(case["area"], told)
    rule = (case["seed"], case["area"])
    assert digest == case["digest"]
    drawn = household.households(*rule, told, case["wanted"], case["method"])
    assert drawn == case["households"]
    for number, adults, who in case["adults"]:
        assert household.adult(*rule, digest, number, adults) == who


@needs_node
def test_the_tablet_draws_what_the_shared_file_says():
    with twin() as call:
        for case in CASES:
            told, rule = plain(listing(case)), (case["seed"], case["area"])
            assert call("listingDigest", case["area"], told) == case["digest"]
            drawn = call("households", *rule, told, case["wanted"], case["method"])
            assert drawn == case["households"]
            for number, adults, who in case["adults"]:
                assert call("adult", *rule, case["digest"], number, adults) == who


def test_one_draw_follows_from_the_published_rule_step_by_step():
    # Written out from the docstrings, with nothing of the module.
    text = "household-1\nKV9\n1\x1f2\x1fa\n2\x1f\x1fb\n3\x1f0\x1fc\n4\x1f1\x1fd\n5\x1f3\x1fe"
    digest = hashlib.sha256(text.encode()).hexdigest()
    message = f"household-1\x1fKV9\x1f{digest}\x1fstart\x1f0".encode()
    start = int.from_bytes(hmac.new(b"42", message, "sha256").digest()[:6], "big") % 4
    eligible = [1, 2, 4, 5]
    wanted = [eligible[(start + k * 4) // 3] for k in range(3)]
    lines = [Entry(5, "e", 3), Entry(1, "a", 2), Entry(2, "b", None), Entry(4, "d", 1)]
    lines.append(Entry(3, "c", 0))
    assert household.listing_digest("KV9", lines) == digest
    assert household.households("42", "KV9", lines, 3, "systematic") == wanted


@pytest.mark.parametrize("method", household.METHODS)
@pytest.mark.parametrize(("n_listed", "wanted"), [(7, 3), (10, 4), (5, 1), (6, 6)])
def test_every_household_has_the_same_chance(method, n_listed, wanted):
    told = [Entry(n, "", 2) for n in range(1, n_listed + 1)]
    rounds = 2_000
    drawn = Counter(
        n
        for seed in range(rounds)
        for n in household.households(str(seed), "KV1", told, wanted, method)
    )
    share = float(household.household_share(told, wanted))
    assert household.household_share(told, wanted) == Fraction(wanted, n_listed)
    sd = (share * (1 - share) / rounds) ** 0.5
    assert set(drawn) == {entry.number for entry in told}
    assert all(abs(n / rounds - share) <= 4.5 * sd + 1e-12 for n in drawn.values())


def test_every_start_takes_each_household_n_times():
    # Over all starts: exactly n of N, not about so.
    for n_listed in range(2, 30):
        for wanted in range(1, n_listed):
            taken = Counter(
                (start + k * n_listed) // wanted for start in range(n_listed) for k in range(wanted)
            )
            assert set(taken.values()) == {wanted}
            assert len(taken) == n_listed


@pytest.mark.parametrize("adults", [2, 3, 5])
def test_every_adult_of_a_household_has_the_same_chance(adults):
    rounds = 3_000
    drawn = Counter(household.adult(str(i), "KV1", "ab", 7, adults) for i in range(rounds))
    assert set(drawn) == set(range(1, adults + 1))
    sd = (rounds / adults * (1 - 1 / adults)) ** 0.5
    assert all(abs(n - rounds / adults) < 4.5 * sd for n in drawn.values())


def test_a_value_in_the_incomplete_run_is_thrown_away(monkeypatch):
    # bound 3: 2**48 = 3 * 93824992236885 + 1, so the largest value of all is one too many.
    answers = iter([b"\xff" * 32, b"\x00" * 5 + b"\x05" + b"\x00" * 26])
    asked = []
    monkeypatch.setattr(household, "_mac", lambda seed, parts: asked.append(parts) or next(answers))
    assert household.below("s", ["x"], 3) == 2
    assert asked == [["x", "0"], ["x", "1"]]


def test_one_changed_line_is_another_draw():
    told = [Entry(n, "", 2) for n in range(1, 201)]
    changed = [*told[:-1], Entry(200, "", 3)]
    assert household.listing_digest("KV1", told) != household.listing_digest("KV1", changed)
    draws = {tuple(household.households("s", "KV1", each, 10, "srs")) for each in (told, changed)}
    assert len(draws) == 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ([1, "a"], "household.line"),
        ({"number": 1}, "household.line"),
        ([0, "a", 1], "household.number"),
        ([True, "a", 1], "household.number"),
        (["2", "a", 1], "household.number"),
        ([10_000, "a", 1], "household.number"),
        ([9, "again", 1], "household.twice"),
        ([1, "x" * 201, 1], "household.note"),
        ([1, "a\x1fb", 1], "household.note"),
        ([1, "a\nb", 1], "household.note"),
        ([1, "\ud800", 1], "household.note"),
        ([1, None, 1], "household.note"),
        ([1, "a", -1], "household.adults"),
        ([1, "a", 51], "household.adults"),
        ([1, "a", 2.0], "household.adults"),
    ],
)
def test_a_faulty_line_is_named(line, code):
    found, (problem,) = household.entries([[9, "first", 2], line, [10, "", None]])
    assert (problem.code, problem.facts) == (code, {"row": 2})
    assert [entry.number for entry in found] == [9, 10]


def test_what_is_no_listing_is_refused():
    assert household.entries("x")[1][0].code == "household.lines"
    assert household.entries([[1, "", 1]] * 2_001)[1][0].code == "household.lines"


def test_a_selection_that_is_not_the_servers_says_in_what():
    wanted = {"seed": "s", "area": "KV1", "digest": "ab", "number": 7}
    who = household.adult("s", "KV1", "ab", 7, 4)
    right = Selection("KV1", "ab", 7, 4, who)
    assert household.selection_fault(right, **wanted) is None
    other = 1 + who % 4
    assert household.selection_fault(Selection("KV1", "ab", 7, 4, other), **wanted) == {
        "differs": "adult",
        "told": other,
        "wanted": who,
    }
    assert household.selection_fault(Selection("KV1", "cd", 7, 4, who), **wanted)["differs"] == (
        "digest"
    )
    assert household.selection_fault(Selection("KV1", "ab", 8, 4, who), **wanted)["differs"] == (
        "number"
    )
    assert Selection.of({"area": "KV1"}) is None
    assert Selection.of({**_told(right), "adults": 0}) is None
    assert Selection.of(_told(right)) == right


def _told(selection: Selection) -> dict:
    return {name: getattr(selection, name) for name in selection.__slots__}
