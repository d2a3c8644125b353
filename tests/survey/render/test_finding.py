"""The plot's sentence says no more than its figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey.render.finding import caution, finding, headline, key
from tests.survey.render.result_tables import FEW, TABLE, WHOLE, A, B, C


def wave(*rows, whole=WHOLE):
    return finding(replace(TABLE, rows=rows, whole=whole))


def test_units_are_sorted_by_their_estimate_and_suppressed_ones_apart():
    found = finding(TABLE)
    assert [row.name for row in found.shown] == [C.name, A.name, B.name]
    assert found.hidden == (FEW,)


def test_a_unit_stands_apart_only_with_its_whole_interval():
    """C begins at 90.0 % and B ends at 78.8 %, the wave has 86.6 %; A's interval holds it."""
    found = finding(TABLE)
    assert (found.above, found.below) == ({key(C)}, {key(B)})


def test_an_interval_that_ends_on_the_overall_share_does_not_stand_apart():
    assert wave(replace(C, satisfaction_low=WHOLE.satisfaction)).above == frozenset()


def test_answers_that_are_all_alike_prove_nothing():
    alike = replace(
        C, satisfaction=1.0, satisfaction_se=0.0, satisfaction_low=1.0, satisfaction_high=1.0
    )
    assert wave(alike).above == frozenset()


def test_two_units_under_one_code_are_two_units():
    earlier = replace(B, valid_from=A.valid_from.replace(year=2008))
    assert len(wave(B, earlier).below) == 2


@pytest.mark.parametrize(
    ("rows", "vi", "en"),
    [
        (
            (A, B, C),
            "1 đơn vị cao hơn rõ, 1 đơn vị thấp hơn rõ mức chung 86,6%",
            "1 of 3 units clearly above, 1 clearly below the overall 86.6%",
        ),
        (
            (A, C),
            "1/2 đơn vị cao hơn rõ mức chung 86,6%, không đơn vị nào thấp hơn rõ",
            "1 of 2 units clearly above the overall 86.6%, none clearly below",
        ),
        (
            (A, B),
            "1/2 đơn vị thấp hơn rõ mức chung 86,6%, không đơn vị nào cao hơn rõ",
            "1 of 2 units clearly below the overall 86.6%, none clearly above",
        ),
        (
            (A,),
            "Chưa đơn vị nào khác rõ mức chung 86,6%",
            "No unit clearly differs from the overall 86.6%",
        ),
        (
            (FEW,),
            "Chưa đơn vị nào đủ phiếu để công bố",
            "No unit has enough answers to be published",
        ),
    ],
)
def test_the_headline(rows, vi, en):
    assert headline(wave(*rows), "vi") == vi
    assert headline(wave(*rows), "en") == en


def test_without_an_overall_share_the_headline_claims_nothing():
    nothing = replace(WHOLE, satisfaction=None, satisfaction_low=None, satisfaction_high=None)
    assert headline(wave(A, B, C, whole=nothing), "vi") == "Tỷ lệ hài lòng của 3 đơn vị"


def test_the_caution_counts_what_chance_alone_would_do():
    """Of 20 equal units one is expected outside 95 %."""
    units = [replace(A, unit_code=str(code)) for code in range(20)]
    assert "khoảng 1,0 trong 20 đơn vị" in caution(wave(*units), "vi")
