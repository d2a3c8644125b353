"""Scoring rules: values of units, shares of surveys, what does not apply."""

from __future__ import annotations

import copy
import tomllib
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import SchemeError
from analysis.index import scoring, survey_rules
from analysis.index.composition import SurveyPoints, compose
from analysis.index.rounding import rounded
from analysis.index.scheme import Leaf, Scheme

NAMES = {"vi": "x", "en": "x"}
SCHEMES = Path(__file__).parents[3] / "survey" / "data" / "schemes"


def leaf(source: str = "statistic", most: float = 3.0, **more) -> Leaf:
    return Leaf("x", NAMES, most, source, **({"concept": "c"} | more))


def scheme(*leaves: dict, **head) -> Scheme:
    data = {
        "name": "t",
        "title": NAMES,
        "valid_from": "2024-01-01",
        "decimals": 2,
        "no_survey": "rescale",
        "band": [{"id": "b", "title": NAMES, "min_index": 0}],
        "area": [
            {
                "id": "a",
                "title": NAMES,
                "criterion": [
                    {"id": f"a.{i}", "title": NAMES, "leaf": [{"title": NAMES, **each}]}
                    for i, each in enumerate(leaves)
                ],
            }
        ],
    }
    return Scheme.from_dict(data | head)


TIERS = {"kind": "tiers", "tiers": [{"from": 70, "points": 2}, {"from": 90, "points": 3}]}


@pytest.mark.parametrize(
    ("rule", "values", "points"),
    [
        ({"kind": "share"}, {"x": 95.5}, 2.865),
        ({"kind": "share", "of": 1}, {"x": 0.5}, 1.5),
        (TIERS, {"x": 90.0}, 3),
        (TIERS, {"x": 89.999}, 2),
        (TIERS, {"x": 69}, 0),
        ({"kind": "options"}, {"x.A": 52, "x.B": 30, "x.C": 14, "x.D": 4}, 2.184),
        ({"kind": "formula", "formula": "max_points * a / b"}, {"a": 1, "b": 4}, 0.75),
        ({"kind": "tt01"}, {f"x.{i}": 1.65 for i in range(1, 10)}, 3 * 9 * 1.7 / 18),
    ],
)
def test_a_value_becomes_points(rule, values, points):
    assert scoring.leaf_points(leaf(rule=rule), values) == pytest.approx(points, abs=1e-12)


def test_counts_of_a_form_nobody_filled_in_give_no_points():
    values = dict.fromkeys(("x.A", "x.B", "x.C", "x.D"), 0)
    assert scoring.leaf_points(leaf(rule={"kind": "options"}), values) is None


def test_an_index_that_was_not_evaluated_leaves_the_eighteen():
    values = {f"x.{i}": 2.0 for i in range(1, 10)} | {"x.9": None}
    assert scoring.leaf_points(leaf(rule={"kind": "tt01"}), values) == 3.0


def test_a_formula_outside_the_maximum_is_refused():
    with pytest.raises(SchemeError) as refused:
        scoring.leaf_points(leaf(rule={"kind": "formula", "formula": "a"}), {"a": 3.001})
    assert refused.value.code == "scoring.formula"


@pytest.mark.parametrize(("rule", "points"), [("leave", None), ("full", 3.0)])
def test_what_does_not_apply(rule, points):
    assert scoring.leaf_points(leaf(not_applicable=rule, rule=TIERS), {"x": None}) == points


def test_what_must_apply_is_refused_where_it_does_not():
    with pytest.raises(SchemeError) as refused:
        scoring.leaf_points(leaf(not_applicable="refuse", rule=TIERS), {"x": None})
    assert refused.value.code == "composition.must_apply"


def test_half_a_formula_is_no_formula():
    rule = {"kind": "formula", "formula": "max_points * a / b"}
    with pytest.raises(SchemeError) as refused:
        scoring.leaf_points(leaf(rule=rule), {"a": 1.0, "b": None})
    assert refused.value.code == "scoring.partly"


def test_statistics_are_composed_with_points():
    made = scheme(
        {"id": "s", "max": 4, "source": "statistic", "rule": {"kind": "share"}},
        {"id": "v", "max": 6, "source": "verified"},
    )
    found = compose(made, {"s": 75.0, "v": 5.5}, None)
    assert (found.total, found.denominator) == (8.5, 10)
    assert found.leaves == {"s": 3.0, "v": 5.5}
    with pytest.raises(SchemeError) as refused:
        compose(made, {"s": 101.0, "v": 5.5}, None)
    assert refused.value.code == "composition.out_of_range"


def test_bonus_and_penalty_are_capped():
    leaves = [
        {"id": "v", "max": 10, "source": "verified"},
        {"id": "b1", "max": 2, "source": "bonus"},
        {"id": "b2", "max": 2, "source": "bonus"},
        {"id": "p", "max": 5, "source": "penalty"},
    ]
    given = {"v": 8.0, "b1": 2.0, "b2": 1.5, "p": 4.0}
    assert compose(scheme(*leaves), given, None).total == pytest.approx(7.5)
    capped = scheme(*leaves, bonus_max=3, penalty_max=1)
    assert compose(capped, given, None).total == pytest.approx(10)
    assert compose(capped, {"v": 8.0}, None).total == 8


@pytest.mark.parametrize(
    ("mode", "published"), [("half_up", 86.68), ("half_even", 86.68), ("truncate", 86.67)]
)
def test_an_index_of_entered_points_is_rounded_without_noise(mode, published):
    # 26.0025 of 30 is 86.675 exactly; the binary sum of the parts lies beside it.
    leaves = [{"id": f"v{i}", "max": 10, "source": "verified"} for i in range(3)]
    made = compose(scheme(*leaves, rounding=mode), {"v0": 8.1, "v1": 8.7025, "v2": 9.2}, None)
    assert made.published_percent == published


@pytest.mark.parametrize("mode", ["half_up", "half_even", "truncate"])
def test_a_half_between_even_and_odd(mode):
    expected = {"half_up": (0.13, 0.14), "half_even": (0.12, 0.14), "truncate": (0.12, 0.13)}
    found = rounded(Decimal("0.125"), 2, mode), rounded(Fraction(27, 200), 2, mode)
    assert found == expected[mode]


def test_bands_can_look_at_the_published_index():
    bands = [
        {"id": "top", "title": NAMES, "min_index": 90},
        {"id": "low", "title": NAMES, "min_index": 0},
    ]
    leaves = ({"id": "v", "max": 100, "source": "verified"},)
    exact = scheme(*leaves, band=bands)
    published = scheme(*leaves, band=bands, band_on="published")
    assert compose(exact, {"v": 89.996}, None).band.id == "low"
    assert compose(published, {"v": 89.996}, None).band.id == "top"
    assert compose(published, {"v": 89.994}, None).band.id == "low"


def test_a_criterion_can_have_a_floor_and_an_alert():
    bands = [
        {"id": "top", "title": NAMES, "min_index": 80, "criterion_floor": 70},
        {"id": "low", "title": NAMES, "min_index": 0},
    ]
    made = scheme(
        {"id": "v", "max": 90, "source": "verified"},
        {"id": "w", "max": 10, "source": "verified"},
        band=bands,
        alert_below=97,
    )
    assert compose(made, {"v": 90.0, "w": 7.0}, None).band.id == "top"
    weak = compose(made, {"v": 90.0, "w": 6.99}, None)
    assert weak.band.id == "low"
    assert [(a.rule, a.limit) for a in weak.alerts] == [("index", 0.97)]


# --- shares of a survey


def test_a_share_far_from_every_step_is_as_sure_as_the_step():
    found = survey_rules.score(leaf("survey", rule=TIERS), 0.80, 0.01, 0.78, 0.82)
    assert (found.points, found.low, found.high) == (2, 2, 2)
    assert found.se == pytest.approx(0, abs=1e-9)


def test_a_share_on_a_step_carries_the_doubt_of_both_sides():
    found = survey_rules.score(leaf("survey", rule=TIERS), 0.90, 0.01, 0.88, 0.92)
    assert (found.points, found.low, found.high) == (3, 2, 3)
    assert found.se == pytest.approx(0.5)  # 2 or 3 points, each with chance one half
    assert found.slope == pytest.approx(1 / (0.01 * sqrt(2 * np.pi)))


@pytest.mark.parametrize("share", [0.65, 0.7, 0.86, 0.9])
def test_the_standard_error_of_steps_is_that_of_a_simulation(share):
    rng = np.random.default_rng(8)
    draws = rng.normal(share, 0.04, 400_000)
    points = np.select([draws >= 0.9, draws >= 0.7], [3.0, 2.0], 0.0)
    found = survey_rules.score(leaf("survey", rule=TIERS), share, 0.04, 0, 1)
    assert found.se == pytest.approx(points.std(), rel=0.01)
    assert found.slope == pytest.approx(np.cov(points, draws)[0, 1] / 0.04**2, rel=0.02)
    assert found.slope * 0.04 <= found.se


def test_a_straight_formula_is_the_share_rule():
    line = leaf("survey", rule={"kind": "formula", "formula": "max_points * share"})
    plain = leaf("survey", rule={"kind": "share"})
    first, second = (survey_rules.score(x, 0.8, 0.03, 0.74, 0.85) for x in (line, plain))
    for name in ("points", "se", "slope", "low", "high"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-6)


def test_an_index_of_the_circular_from_a_survey_is_rounded_to_a_tenth():
    rule = {"kind": "tt01", "scores": {"1": 0, "2": 0, "3": 1, "4": 2, "5": 2}}
    found = survey_rules.score(leaf("survey", most=2.0, rule=rule), 0.825, 0.0, 0.82, 0.83)
    assert found.points == pytest.approx(1.7)  # a mean of 1.65 points, half up
    assert (found.low, found.high) == (pytest.approx(1.6), pytest.approx(1.7))


def test_scores_of_answers_follow_the_rule():
    weights = {"1": 0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1}
    scores = {"1": 0, "2": 0, "3": 1, "4": 2, "5": 2}
    survey = {"max": 2, "source": "survey"}
    made = scheme(
        {**survey, "id": "o", "concept": "c1", "rule": {"kind": "options", "weights": weights}},
        {**survey, "id": "t", "concept": "c2", "rule": {"kind": "tt01", "scores": scores}},
        {**survey, "id": "s", "concept": "c3", "rule": {"kind": "share"}},
    )
    assert made.concept_scores() == {
        "c1": {1: 0.0, 2: 0.25, 3: 0.5, 4: 0.75, 5: 1.0},
        "c2": {1: 0.0, 2: 0.0, 3: 0.5, 4: 1.0, 5: 1.0},
    }


def test_a_penalty_of_a_surveyed_unit_still_counts():
    survey = {"id": "s", "max": 10, "source": "survey", "concept": "c", "rule": {"kind": "share"}}
    made = scheme(survey, {"id": "p", "max": 2, "source": "penalty"})
    points = SurveyPoints({"s": 9.0}, np.zeros((1, 1)))
    assert compose(made, {"p": 1.0}, points).total == 8


# --- the linter

SAMPLE = tomllib.loads((SCHEMES / "mau-2023.toml").read_text(encoding="utf-8"))
FIRST = SAMPLE["area"][0]["criterion"][0]["leaf"][0]


def faulty(**change) -> list:
    data = copy.deepcopy(SAMPLE)
    data["area"][0]["criterion"][0]["leaf"][0] = {**FIRST, "source": "statistic", **change}
    with pytest.raises(SchemeError) as refused:
        Scheme.from_dict(data)
    return [
        (fault.place.split("leaf[1].")[-1], fault.code) for fault in refused.value.facts["found"]
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"rule": {"kind": "stairs"}}, ("rule.kind", "not_one_of")),
        ({"rule": {"kind": "share", "off": 1}}, ("rule.off", "unknown_setting")),
        ({"rule": {"kind": "share", "of": 0}}, ("rule.of", "not_positive")),
        ({"rule": {"kind": "tiers"}}, ("rule.tiers", "no_tiers")),
        ({"rule": {"kind": "tiers", "tiers": [{"from": 1}]}}, ("rule.tiers[1]", "bad_tier")),
        (
            {"rule": {"kind": "tiers", "tiers": [{"from": 1, "points": 9}]}},
            ("rule.tiers[1].points", "tier_points"),
        ),
        (
            {
                "rule": {
                    "kind": "tiers",
                    "tiers": [{"from": 1, "points": 3}, {"from": 2, "points": 2}],
                }
            },
            ("rule.tiers", "tiers_fall"),
        ),
        ({"rule": {"kind": "formula", "formula": "a +"}}, ("rule.formula", "bad_formula")),
        ({"rule": {"kind": "formula", "formula": "1"}}, ("rule.formula", "no_names")),
        ({"rule": {"kind": "options", "weights": {"A": 2}}}, ("rule.weights", "bad_weights")),
        ({"rule": {"kind": "share"}, "group": "nobody"}, ("group", "not_one_of")),
        ({"rule": {"kind": "share"}, "not_applicable": "no"}, ("not_applicable", "not_one_of")),
        ({"source": "verified", "rule": {"kind": "tiers"}}, ("rule.kind", "not_one_of")),
    ],
)
def test_a_rule_that_cannot_hold_is_a_fault(change, fault):
    assert fault in faulty(**change)


def test_a_written_sum_that_its_parts_do_not_make_is_a_fault():
    data = copy.deepcopy(SAMPLE)
    data["area"][2]["max"] = 18.5
    data["max"] = 100
    with pytest.raises(SchemeError) as refused:
        Scheme.from_dict(data)
    (fault,) = refused.value.facts["found"]
    assert (fault.place, fault.code) == ("area[3].max", "sum_differs")
    assert fault.facts == {"written": "18.5", "sum": "18"}


def test_the_digest_does_not_hang_on_how_a_number_is_written():
    data = copy.deepcopy(SAMPLE)
    data["band"][0]["min_index"] = 90.0
    data["area"][0]["criterion"][0]["leaf"][0]["max"] = 5.0
    assert Scheme.from_dict(data).sha256 == Scheme.from_dict(SAMPLE).sha256
