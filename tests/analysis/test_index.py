"""Schemes, points, composition, bands: published numbers and exact boundaries."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import SchemeError
from analysis.index import bands, scoring, tt01
from analysis.index.composition import SurveyPoints, compose
from analysis.index.rounding import rounded
from analysis.index.scheme import Scheme

SCHEMES = Path(__file__).parents[2] / "survey" / "data" / "schemes"
SAMPLE = (SCHEMES / "mau-2023.toml").read_text(encoding="utf-8")
NINE = (SCHEMES / "mau-9-linh-vuc.toml").read_text(encoding="utf-8")


@pytest.fixture
def sample() -> Scheme:
    return Scheme.from_toml(SAMPLE)


@pytest.fixture
def nine() -> Scheme:
    return Scheme.from_toml(NINE)


def verified(scheme: Scheme, share: float = 0.9) -> dict[str, float]:
    return {leaf.id: leaf.max_points * share for leaf in scheme.leaves if leaf.source == "verified"}


def survey(scheme: Scheme, share: float = 0.9, variance: float = 0.0) -> SurveyPoints:
    leaves = scheme.survey_leaves
    return SurveyPoints(
        {leaf.id: leaf.max_points * share for leaf in leaves}, np.eye(len(leaves)) * variance
    )


def test_the_sample_scheme_has_eight_areas_and_thirty_points_from_the_survey(sample):
    assert len(sample.areas) == 8
    assert sum(leaf.max_points for leaf in sample.leaves) == 100
    assert sum(leaf.max_points for leaf in sample.survey_leaves) == 30
    assert "mẫu" in sample.title["vi"]


def test_a_scheme_survives_being_written_and_read(sample, nine):
    for scheme in (sample, nine):
        assert Scheme.from_dict(scheme.to_dict()) == scheme
    assert sample.sha256 != nine.sha256


def test_the_digest_is_of_the_content_not_of_its_comments(sample):
    assert Scheme.from_toml("# a remark\n" + SAMPLE).sha256 == sample.sha256


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda d: d["area"][2]["criterion"][0]["leaf"][0].update(max=0), "area[3].criterion[1]"),
        (lambda d: d["area"][0].update(id="tthc"), "id 'tthc'"),
        (lambda d: d["area"][1].pop("title"), "area[2].title"),
        (lambda d: d["band"].pop(), "band"),
        (lambda d: d.update(rounding="up"), "rounding"),
        (lambda d: d["area"][2]["criterion"][2]["leaf"][0].pop("concept"), "concept"),
        (lambda d: d["area"][2].update(alert_below=75), "alert_below"),
        (lambda d: d["area"][2].update(alert_bellow=0.75), "area[3].alert_bellow: no such"),
        (lambda d: d["band"][0].update(area_flor=80), "band[1].area_flor: no such"),
        (lambda d: d.update(rouding="truncate"), "rouding: no such"),
        (lambda d: d.update(rounding=["truncate"]), "rounding"),
        (lambda d: d.update(area=["a"]), "area[1]: not a table"),
        (lambda d: d["area"][0].update(criterion="x"), "area[1].criterion: not a list"),
        (lambda d: d["area"][2]["criterion"][2]["leaf"][0].update(rule="share"), "leaf[1].rule"),
        (lambda d: d["area"][0].update(id=7), "area[1].id: not a text"),
        (lambda d: d["band"][0].update(min_index="90"), "band[1].min_index"),
        (lambda d: d["band"][0].update(id="tot"), "band id 'tot'"),
    ],
)
def test_a_fault_is_named_with_its_place(spoil, place):
    data = copy.deepcopy(tomllib.loads(SAMPLE))
    spoil(data)
    with pytest.raises(SchemeError) as refused:
        Scheme.from_dict(data)
    assert any(place in fault for fault in refused.value.facts["faults"])


def test_one_concept_is_not_scored_in_two_ways():
    data = copy.deepcopy(tomllib.loads(SAMPLE))
    leaves = data["area"][7]["criterion"][1]["leaf"]
    weights = {"1": 0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1}
    leaves.append({**leaves[2], "id": "again", "rule": {"kind": "options", "weights": weights}})
    with pytest.raises(SchemeError) as refused:
        Scheme.from_dict(data)
    assert "concept 'overall' has another rule" in str(refused.value)


def test_all_faults_come_at_once():
    data = copy.deepcopy(tomllib.loads(SAMPLE))
    data["name"] = ""
    data["area"][0]["title"] = {}
    data["area"][1]["criterion"] = []
    with pytest.raises(SchemeError) as refused:
        Scheme.from_dict(data)
    assert len(refused.value.facts["faults"]) >= 3


def test_option_weights_give_the_published_example():
    shares = {"A": 0.52, "B": 0.30, "C": 0.14, "D": 0.04}
    assert scoring.option_points(shares, 2) == pytest.approx(1.456)


@pytest.mark.parametrize(("value", "points"), [(0.95, 3), (0.9, 3), (0.8999, 2), (0.1, 0)])
def test_a_tier_is_reached_at_its_threshold(value, points):
    assert scoring.tier_points(value, [(0.7, 2), (0.9, 3)]) == points


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (15.0, "Xuất sắc"),
        (14.9, "Tốt"),
        (12.0, "Tốt"),
        (9.0, "Khá"),
        (6.0, "Trung bình"),
        (0, "Yếu"),
    ],
)
def test_the_bands_of_the_circular_hold_at_their_limits(total, band):
    assert tt01.tt01_band(total) == band


def test_an_index_of_the_circular_is_rounded_half_up():
    assert tt01.tt01_index([2] * 5 + [1] * 15) == 1.3  # 1.25
    with pytest.raises(SchemeError):
        tt01.tt01_index([3])
    with pytest.raises(SchemeError):
        tt01.tt01_index([])


@pytest.mark.parametrize(
    ("value", "mode", "result"),
    [
        (0.285, "half_up", 0.29),
        (2.675, "half_up", 2.68),
        (2.665, "half_even", 2.66),
        (2.675, "half_even", 2.68),
        (2.679, "truncate", 2.67),
        (-2.675, "half_up", -2.68),
    ],
)
def test_the_three_ways_of_rounding(value, mode, result):
    assert rounded(value, 2, mode) == result


def test_everything_adds_up(sample):
    made = compose(sample, verified(sample), survey(sample))
    assert made.total == pytest.approx(90)
    assert made.verified_points == pytest.approx(63)
    assert made.survey_points == pytest.approx(27)
    assert made.denominator == 100
    assert sum(area.points for area in made.areas) == pytest.approx(made.total)


def test_what_does_not_apply_leaves_the_denominator(sample):
    points = verified(sample)
    leaf = next(leaf for leaf in sample.leaves if leaf.source == "verified")
    made = compose(sample, points | {leaf.id: None}, survey(sample))
    assert made.denominator == 100 - leaf.max_points
    assert made.index_percent == pytest.approx(90)
    assert made.leaves[leaf.id] is None


def test_a_year_without_survey_is_rescaled_where_the_scheme_allows(sample):
    made = compose(sample, verified(sample), None)
    assert (made.denominator, made.survey_points) == (70, None)
    assert made.index_percent == pytest.approx(90)
    data = tomllib.loads(SAMPLE) | {"no_survey": "refuse"}
    with pytest.raises(SchemeError) as refused:
        compose(Scheme.from_dict(data), verified(sample), None)
    assert refused.value.code == "composition.no_survey"


def test_bonus_and_penalty_count_outside_the_maximum(nine):
    extra = {"hai_long.thuong.1": 1.5, "hai_long.thuong.2": 0.5}
    plain = compose(nine, verified(nine), survey(nine))
    made = compose(nine, verified(nine) | extra, survey(nine))
    assert made.total == pytest.approx(plain.total + 1.0)
    assert made.denominator == plain.denominator


def test_nine_areas_truncate_to_two_decimals(nine):
    made = compose(nine, verified(nine, 0.8), None)
    assert (len(made.areas), made.published_percent) == (8, 80.0)
    assert compose(nine, verified(nine, 0.87657), None).published_percent == 87.65


def test_sampling_error_reaches_areas_and_total_with_covariances(sample):
    leaves = sample.survey_leaves
    n = len(leaves)
    covariance = np.full((n, n), 0.02) + np.eye(n) * 0.03
    given = SurveyPoints({leaf.id: leaf.max_points * 0.8 for leaf in leaves}, covariance)
    made = compose(sample, verified(sample), given)
    assert made.total_se == pytest.approx(np.sqrt(covariance.sum()))
    impact = next(area for area in made.areas if area.id == "tac_dong")
    assert impact.se == pytest.approx(np.sqrt(3 * 0.05 + 6 * 0.02))
    assert made.areas[0].se == 0
    assert made.total_low < made.total < made.total_high


def test_a_total_at_the_ceiling_still_has_an_interval(sample):
    leaves = sample.survey_leaves
    n = len(leaves)
    full = {leaf.id: leaf.max_points for leaf in leaves}
    limits = {leaf.id: (0.9 * leaf.max_points, leaf.max_points) for leaf in leaves}
    given = SurveyPoints(full, np.zeros((n, n)), limits)
    made = compose(sample, verified(sample), given)
    below = np.sqrt(sum((0.1 * leaf.max_points) ** 2 for leaf in leaves))
    assert made.total_low == pytest.approx(made.total - below)
    assert made.total_high == made.total


def test_limits_of_normal_leaves_give_the_normal_interval_of_the_total(sample):
    leaves = sample.survey_leaves
    n = len(leaves)
    covariance = np.full((n, n), 0.02) + np.eye(n) * 0.03
    points = {leaf.id: leaf.max_points * 0.5 for leaf in leaves}
    z = 1.959963984540054 * np.sqrt(0.05)
    limits = {leaf: (x - z, x + z) for leaf, x in points.items()}
    plain = compose(sample, verified(sample), SurveyPoints(points, covariance))
    moved = compose(sample, verified(sample), SurveyPoints(points, covariance, limits))
    assert moved.total_low == pytest.approx(plain.total_low)
    assert moved.total_high == pytest.approx(plain.total_high)


@pytest.mark.parametrize(
    ("points", "code"),
    [
        (lambda p: p.pop("the_che.van_ban.1"), "composition.missing"),
        (lambda p: p.update(x=1.0), "composition.unknown"),
        (lambda p: p.update({"the_che.van_ban.1": 99.0}), "composition.out_of_range"),
    ],
)
def test_points_that_do_not_fit_are_refused_by_name(sample, points, code):
    given = verified(sample)
    points(given)
    with pytest.raises(SchemeError) as refused:
        compose(sample, given, survey(sample))
    assert refused.value.code == code


AREAS = ("chi_dao", "the_che", "tthc", "to_chuc", "cong_vu", "tai_chinh", "so", "tac_dong")


@pytest.mark.parametrize(
    ("index", "weakest", "band"),
    [
        (90.0, 0.80, "xuat_sac"),
        (89.999, 0.95, "tot"),
        (95.0, 0.79999, "tot"),
        (80.0, 0.70, "tot"),
        (84.0, 0.69, "hoan_thanh"),
        (79.999, 0.79, "hoan_thanh"),
        (69.999, 0.5, "khong"),
        (90 - 1e-13, 0.8 - 1e-15, "xuat_sac"),
    ],
)
def test_bands_hold_at_their_limits_and_fall_with_a_weak_area(sample, index, weakest, band):
    ratios = dict.fromkeys(AREAS, 0.95) | {"to_chuc": weakest}
    assert bands.band_of(sample, index, ratios).id == band


def test_a_total_above_eighty_can_still_be_only_completed(sample):
    # Cẩm Giàng 2023: all 17 units had 81.5 or more, and three were "hoàn thành" only.
    points = verified(sample, 0.95)
    for leaf in sample.areas[3].leaves:
        points[leaf.id] = leaf.max_points * 0.6
    made = compose(sample, points, survey(sample))
    assert made.index_percent > 81.5
    assert made.band.id == "hoan_thanh"
    assert [alert.rule for alert in made.alerts] == ["band"]


def test_the_directives_areas_are_alerted_below_three_quarters(sample):
    ratios = dict.fromkeys(AREAS, 0.74)
    band = bands.band_of(sample, 85.0, ratios)
    found = bands.alerts(sample, band, ratios)
    assert [alert.id for alert in found if alert.rule == "area"] == ["tthc", "so"]
    level = dict.fromkeys(AREAS, 0.75)
    assert not [a for a in bands.alerts(sample, band, level) if a.rule == "area"]
