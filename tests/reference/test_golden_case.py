"""The worked example of the rating: three communes, and what weighting moves.

Simple random samples of 96, 86 and 91 from 2,400, 600 and 1,000 dossiers with 84, 60 and 86 content
clients.  The expected figures follow from the textbook formulae alone, written out in
``by_hand`` without any code of the product: the stratified mean and its variance with the finite
population correction and p (1 − p) / (n − 1).  Source: Cochran (1977), eqs. 5.1, 5.12 and 3.8.
"""

from __future__ import annotations

from math import sqrt

import pandas as pd
import pytest

from analysis.index.satisfaction import satisfaction

pytestmark = pytest.mark.reference

#: Commune: dossiers, respondents, content ones.
COMMUNES = {"A": (2400, 96, 84), "B": (600, 86, 60), "C": (1000, 91, 86)}


@pytest.fixture(scope="module")
def found():
    rows = [
        {
            "unit": name,
            "cell": name,
            "weight": population / n,
            "eligible": True,
            "i1": 4.0 if position < content else 3.0,
        }
        for name, (population, n, content) in COMMUNES.items()
        for position in range(n)
    ]
    populations = {name: population for name, (population, _n, _content) in COMMUNES.items()}
    return satisfaction(pd.DataFrame(rows), {"overall": ["i1"]}, populations, units=list(COMMUNES))


def by_hand() -> tuple[float, float]:
    everybody = sum(population for population, _n, _content in COMMUNES.values())
    share = variance = 0.0
    for population, n, content in COMMUNES.values():
        p, part = content / n, population / everybody
        share += part * p
        variance += part**2 * (1 - n / population) * p * (1 - p) / (n - 1)
    return share, sqrt(variance)


def test_the_formulae_give_the_printed_figures():
    share, se = by_hand()
    assert (round(100 * share, 3), round(100 * se, 3)) == (86.591, 2.187)


def test_all_communes_together(found):
    _units, whole = found
    share, se = by_hand()
    # Both roads are sums of a few hundred doubles: they differ by rounding alone.
    assert whole.overall.share == pytest.approx(share, abs=1e-12)
    assert whole.overall.se == pytest.approx(se, abs=1e-12)
    assert round(100 * whole.overall.share, 3) == 86.591
    assert round(100 * whole.overall.se, 3) == 2.187
    assert round(100 * whole.unweighted, 3) == 84.249


def test_the_effective_number_of_answers(found):
    _units, whole = found
    assert whole.n == 273
    assert whole.n_effective == pytest.approx(212.84, abs=0.005)


def test_a_linear_interval_around_the_same_figures(found):
    _units, whole = found
    reach = 1.959964 * whole.overall.se
    assert 100 * (whole.overall.share - reach) == pytest.approx(82.304, abs=5e-4)
    assert 100 * (whole.overall.share + reach) == pytest.approx(90.879, abs=5e-4)


def test_weighting_moves_more_than_lies_between_two_ranks(found):
    _units, whole = found
    assert round(30 * whole.overall.share, 3) == 25.977
    assert round(30 * whole.unweighted, 3) == 25.275


@pytest.mark.parametrize("name", COMMUNES)
def test_one_commune_alone(found, name):
    units, _whole = found
    one = next(unit for unit in units if unit.unit == name)
    population, n, content = COMMUNES[name]
    p = content / n
    assert one.overall.share == pytest.approx(p, abs=1e-12)
    assert one.overall.se == pytest.approx(
        sqrt((1 - n / population) * p * (1 - p) / (n - 1)), abs=1e-12
    )
    assert one.overall.low < p < one.overall.high
