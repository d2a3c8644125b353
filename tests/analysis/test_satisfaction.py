"""Satisfaction shares: the golden case, and what happens at its edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.errors import DesignError, EstimationError
from analysis.index.satisfaction import satisfaction
from analysis.index.unit_sums import interval

#: Three communes, simple random samples: dossiers, forms, satisfied.
GOLDEN = {"A": (2400, 96, 84), "B": (600, 86, 60), "C": (1000, 91, 86)}
POPULATIONS = {unit: n for unit, (n, _, _) in GOLDEN.items()}


def forms(golden=GOLDEN) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "unit": unit,
                "cell": unit,
                "weight": population / n,
                "eligible": True,
                "i1": 4.0 if i < yes else 2.0,
            }
            for unit, (population, n, yes) in golden.items()
            for i in range(n)
        ]
    )


def estimate(respondents=None, **options):
    given = forms() if respondents is None else respondents
    units = options.pop("units", list(GOLDEN))
    return satisfaction(given, {"overall": ["i1"]}, POPULATIONS, units=units, **options)


def test_the_golden_case():
    units, whole = estimate()
    assert 100 * whole.overall.share == pytest.approx(86.591, abs=5e-4)
    assert 100 * whole.unweighted == pytest.approx(84.249, abs=5e-4)
    assert 100 * whole.overall.se == pytest.approx(2.187, abs=5e-4)
    assert whole.n_effective == pytest.approx(212.84, abs=5e-3)
    assert whole.n / whole.n_effective == pytest.approx(1.28267, abs=5e-6)
    assert [round(100 * u.overall.share, 1) for u in units] == [87.5, 69.8, 94.5]


def test_the_golden_case_has_the_interval_of_wald():
    whole = estimate()[1].overall
    low, high = (100 * (whole.share + z * whole.se) for z in (-1.959964, 1.959964))
    assert (low, high) == pytest.approx((82.304, 90.879), abs=2e-3)


def test_the_golden_case_in_points():
    _, whole = estimate()
    assert 30 * whole.overall.share == pytest.approx(25.977, abs=5e-4)
    assert 30 * whole.unweighted == pytest.approx(25.275, abs=5e-4)


def test_the_standard_error_is_the_textbooks():
    variance = sum(
        (n_h / 4000) ** 2 * (1 - n / n_h) * (yes / n) * (1 - yes / n) / (n - 1)
        for n_h, n, yes in GOLDEN.values()
    )
    assert estimate()[1].overall.se == pytest.approx(np.sqrt(variance), rel=1e-12)


@pytest.mark.parametrize(
    ("share", "n", "low", "high"),
    [(1.0, 20, 0.839, 1.0), (466 / 467, 467, 0.9880, 0.9996), (0.0, 20, 0.0, 0.161)],
)
def test_wilson_intervals_of_published_counts(share, n, low, high):
    se = np.sqrt(share * (1 - share) / n)
    assert interval(share, se, n=n, deff=1.0) == pytest.approx((low, high), abs=6e-4)


def test_asking_everybody_leaves_no_doubt():
    everybody = {"n": 10, "deff": 1.0, "complete": True}
    assert interval(0.5, 0.0, **everybody) == (0.5, 0.5)
    assert interval(1.0, 0.0, **everybody) == (1.0, 1.0)


def test_unequal_weights_widen_the_interval_at_the_end_of_the_scale():
    narrow = interval(1.0, 0.0, n=50, deff=1.0)[0]
    assert interval(1.0, 0.0, n=50, deff=2.0)[0] < narrow


def test_no_opinion_is_neither_satisfied_nor_counted():
    given = forms()
    given.loc[given.index[:10], "i1"] = np.nan
    units, _ = estimate(given)
    assert units[0].overall.share == pytest.approx(74 / 86)
    assert units[0].n == 86


def test_who_is_not_eligible_counts_nowhere_and_keeps_the_design():
    given = forms()
    given.loc[given.index[:10], "eligible"] = False
    units, _ = estimate(given)
    assert units[0].n == 86
    assert units[0].overall.share == pytest.approx(74 / 86)
    assert estimate()[0][1].overall == units[1].overall


def test_a_unit_without_forms_has_no_figure():
    units, whole = estimate(units=["A", "B", "C", "D"])
    assert (units[3].n, units[3].overall, units[3].unweighted) == (0, None, None)
    assert whole.n == 273


def test_nobody_answered_at_all():
    units, whole = estimate(forms().iloc[:0])
    assert [u.overall for u in units] == [None] * 3
    assert whole.overall is None


def test_items_of_a_concept_are_pooled():
    given = forms().assign(i2=5.0)
    units, _ = satisfaction(given, {"overall": ["i1", "i2"]}, POPULATIONS, units=["A"])
    assert units[0].overall.share == pytest.approx((84 + 96) / 192)


def test_an_option_scale_scores_by_its_weights():
    given = forms()
    weights = {1: 0.0, 2: 0.25, 3: 0.5, 4: 0.75, 5: 1.0}
    units, _ = estimate(given, scores={"overall": weights})
    assert units[0].concepts["overall"].share == pytest.approx((84 * 0.75 + 12 * 0.25) / 96)
    # The headline stays a share of satisfied answers.
    assert units[0].overall.share == pytest.approx(84 / 96)


def test_concepts_covary_as_a_difference_of_ratios_shows():
    rng = np.random.default_rng(3)
    given = forms().assign(i2=rng.integers(1, 6, 273).astype(float))
    concepts = {"one": ["i1"], "two": ["i2"]}
    units, _ = satisfaction(given, concepts, POPULATIONS, units=["A"])
    part = given.query("unit == 'A'").assign(
        population=2400,
        both=lambda f: (f["i1"] >= 4).astype(float) + (f["i2"] >= 4).astype(float),
    )
    direct = SurveyDesign(part, weights="weight", strata="cell", fpc="population").mean("both")
    assert units[0].covariance.sum() == pytest.approx(direct.cov[0, 0], rel=1e-9)


def test_a_value_off_the_scale_is_named():
    given = forms()
    given.loc[5, "i1"] = 7.0
    with pytest.raises(EstimationError) as refused:
        estimate(given)
    assert refused.value.facts == {"row": 5, "item": "i1"}


def test_a_cell_with_one_form_is_refused_not_guessed():
    given = pd.concat([forms(), forms({"D": (100, 1, 1)})], ignore_index=True)
    with pytest.raises(DesignError) as refused:
        satisfaction(given, {"overall": ["i1"]}, POPULATIONS | {"D": 100}, units=[*GOLDEN, "D"])
    assert refused.value.code == "design.lonely_psu"


def test_row_order_changes_nothing():
    mixed = forms().sample(frac=1, random_state=4)
    a, b = estimate()[1].overall, estimate(mixed)[1].overall
    assert (a.share, a.se) == pytest.approx((b.share, b.se), rel=1e-12)


def answers(cells) -> tuple[pd.DataFrame, dict[str, int]]:
    """Cell -> (dossiers, answers to i1) as forms of unit A."""
    rows = [
        {"unit": "A", "cell": cell, "weight": n / len(given), "eligible": True, "i1": one}
        for cell, (n, given) in cells.items()
        for one in given
    ]
    return pd.DataFrame(rows), {cell: n for cell, (n, _) in cells.items()}


def test_cells_of_one_mind_are_no_certainty():
    given, sizes = answers({"A/x": (2000, [5.0] * 30), "A/y": (200, [1.0] * 3)})
    found = satisfaction(given, {"overall": ["i1"]}, sizes, units=["A"])[0][0].overall
    assert found.se == pytest.approx(0, abs=1e-9)
    # Wilson by hand for n = 33 of equal weight: 0.7643 … 0.9686.
    assert (found.low, found.high) == pytest.approx((0.7643, 0.9686), abs=5e-5)


def test_a_concept_that_few_answered_is_as_unsure_as_they_are_few():
    given, sizes = answers({"A/x": (2000, [4.0] * 60)})
    given["g1"] = [5.0] * 4 + [np.nan] * 56
    concepts = {"overall": ["i1"], "feedback": ["g1"]}
    found = satisfaction(given, concepts, sizes, units=["A"])[0][0].concepts["feedback"]
    # 4 of 4: 1 / (1 + z² / 4) = 0.5101.
    assert (found.low, found.high) == pytest.approx((0.5101, 1.0), abs=5e-5)


def test_a_full_count_is_certain_at_the_end_of_the_scale_too():
    given, sizes = answers({"A/x": (20, [5.0] * 20)})
    found = satisfaction(given, {"overall": ["i1"]}, sizes, units=["A"])[0][0].overall
    assert (found.low, found.share, found.high) == (1.0, 1.0, 1.0)
