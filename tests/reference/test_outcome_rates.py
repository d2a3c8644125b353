"""Outcome rates: the printed figures of two R packages, and what a rate must not do."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.quality.outcome_rates import (
    CATEGORIES,
    FORMULAE,
    DispositionCounts,
    count_cases,
    eligibility_rate,
    formula,
    outcome_rates,
)

#: outcomerate 1.0.1 (rOpenSci), README: twelve cases, rates to three decimals.
TWELVE = {"I": 4, "P": 2, "R": 1, "NC": 1, "O": 1, "UH": 1, "UO": 1, "NE": 1}
PRINTED = {
    "RR1": 0.364,
    "RR2": 0.545,
    "RR3": 0.370,
    "RR4": 0.556,
    "RR5": 0.444,
    "RR6": 0.667,
    "COOP1": 0.500,
    "COOP2": 0.750,
    "COOP3": 0.571,
    "COOP4": 0.857,
    "REF1": 0.091,
    "REF2": 0.093,
    "REF3": 0.111,
    "CON1": 0.727,
    "CON2": 0.741,
    "CON3": 0.889,
}


def values(counts, e=None):
    return {name: rate.value for name, rate in outcome_rates(counts, e).items()}


@pytest.mark.reference
def test_the_printed_example_of_outcomerate():
    counts = DispositionCounts.of(TWELVE)
    assert eligibility_rate(counts).value == pytest.approx(0.9)
    assert {name: round(v, 3) for name, v in values(counts).items()} == PRINTED
    assert values(counts, 0.9) == pytest.approx(values(counts))


@pytest.mark.reference
def test_the_printed_weighted_example_of_outcomerate():
    cases = ["I", "P", "I", "UO", "R", "I", "NC", "I", "O", "P", "UH"]
    plain = values(count_cases(cases))
    weighted = values(count_cases(cases, [1.3] * 6 + [2.5] * 5))
    assert (round(plain["RR2"], 2), round(plain["CON1"], 2)) == (0.55, 0.73)
    assert (round(weighted["RR2"], 2), round(weighted["CON1"], 2)) == (0.50, 0.69)


@pytest.mark.reference
def test_the_printed_example_of_responserates():
    # responserates (T. Leeper), README: 100 interviews, 20 non-contacts, 100 unknown, e = 0.25.
    found = values(DispositionCounts.of({"I": 100, "NC": 20, "UO": 100}), 0.25)
    shown = {name: f"{100 * value:.1f}" for name, value in found.items()}
    assert {shown[n] for n in ("RR1", "RR2", "CON1")} == {"45.5"}
    assert {shown[n] for n in ("RR3", "RR4", "CON2")} == {"69.0"}
    assert {shown[n] for n in ("RR5", "RR6", "CON3")} == {"83.3"}
    assert {shown[n] for n in ("REF1", "REF2", "REF3")} == {"0.0"}
    assert {shown[n] for n in ("COOP1", "COOP2", "COOP3", "COOP4")} == {"100.0"}


def test_formulae_are_written_as_in_the_standard():
    assert formula("RR1") == "I / ((I + P) + R + NC + O + (UH + UO))"
    assert formula("RR4") == "(I + P) / ((I + P) + R + NC + O + e(UH + UO))"
    assert formula("COOP3") == "I / ((I + P) + R)"
    assert formula("REF3") == "R / ((I + P) + R + NC + O)"
    assert formula("CON3") == "((I + P) + R + O) / ((I + P) + R + NC + O)"


def test_no_case_is_missing_and_not_zero():
    found = outcome_rates(DispositionCounts())
    assert {(rate.value, rate.missing) for rate in found.values()} == {(None, "no_case")}
    only_noncontact = outcome_rates(DispositionCounts(noncontact=3))
    assert only_noncontact["RR1"].value == 0
    assert (only_noncontact["COOP1"].value, only_noncontact["COOP1"].missing) == (None, "no_case")


def test_e_that_cannot_be_estimated_is_said():
    found = outcome_rates(DispositionCounts(unknown_other=5))
    for name in ("RR3", "RR4", "REF2", "CON2"):
        assert (found[name].value, found[name].missing) == (None, "no_eligibility_rate")
    assert found["RR1"].value == 0
    assert found["RR5"].missing == "no_case"
    assert outcome_rates(DispositionCounts(unknown_other=5), 0.5)["RR3"].value == 0


def test_e_of_zero_leaves_no_denominator():
    found = outcome_rates(DispositionCounts(unknown_household=5, ineligible=2))
    assert eligibility_rate(DispositionCounts(ineligible=2)).value == 0
    assert found["RR3"].missing == "no_case"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: DispositionCounts(complete=-1), "rates.count"),
        (lambda: DispositionCounts(refusal=math.nan), "rates.count"),
        (lambda: DispositionCounts(other=math.inf), "rates.count"),
        (lambda: DispositionCounts.of({"X": 1}), "rates.category"),
        (lambda: count_cases(["I", "Q"]), "rates.category"),
        (lambda: count_cases(["I"], [1, 2]), "rates.weights"),
        (lambda: count_cases(["I", "P"], [1, 0]), "rates.weights"),
        (lambda: outcome_rates(DispositionCounts(complete=1), 1.1), "rates.eligibility"),
        (lambda: outcome_rates(DispositionCounts(complete=1), math.nan), "rates.eligibility"),
    ],
)
def test_what_cannot_be_a_count_is_refused(make, code):
    with pytest.raises(AnalysisError) as caught:
        make()
    assert caught.value.code == code


counts_of_all = st.fixed_dictionaries({name: st.integers(0, 10**6) for name in CATEGORIES})


@pytest.mark.property
@given(counts_of_all, st.floats(0, 1))
def test_rates_are_shares_and_keep_their_order(counts, e):
    found = outcome_rates(DispositionCounts.of(counts), e)
    assert set(found) == set(FORMULAE)
    assert all(rate.value is None or 0 <= rate.value <= 1 for rate in found.values())
    for low, middle, high in (
        ("RR1", "RR3", "RR5"),
        ("RR2", "RR4", "RR6"),
        ("CON1", "CON2", "CON3"),
    ):
        shown = [found[name].value for name in (low, middle, high)]
        if None not in shown:
            assert shown[0] <= shown[1] * (1 + 1e-12) <= shown[2] * (1 + 1e-12) ** 2


@pytest.mark.property
@given(counts_of_all, counts_of_all)
def test_counts_of_strata_add_up(left, right):
    both = DispositionCounts.of(left) + DispositionCounts.of(right)
    assert both == DispositionCounts.of({name: left[name] + right[name] for name in CATEGORIES})
    assert both.total == sum(left.values()) + sum(right.values())


@pytest.mark.property
@given(st.lists(st.sampled_from(list(CATEGORIES)), min_size=1), st.floats(0.1, 1e3))
def test_equal_weights_change_no_rate(cases, weight):
    plain, weighted = values(count_cases(cases)), values(count_cases(cases, [weight] * len(cases)))
    assert {n: v is None for n, v in plain.items()} == {n: v is None for n, v in weighted.items()}
    assert [v for v in weighted.values() if v is not None] == pytest.approx(
        [v for v in plain.values() if v is not None]
    )
