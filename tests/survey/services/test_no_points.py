"""A number that a rule makes no points of is told with its unit and criterion."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.index.scheme import Scheme
from survey.errors import Conflict
from survey.services.composition import rows
from survey.services.demo import load


def scheme(rule: dict, not_applicable: str = "refuse") -> tuple[Scheme, str]:
    """The sample scheme of which one criterion is a statistic with this rule; its name."""
    data = Scheme.from_toml(load.SCHEME.read_text(encoding="utf-8")).to_dict()
    for area in data["area"]:
        for criterion in area["criterion"]:
            for leaf in criterion["leaf"]:
                if leaf["source"] == "verified":
                    more = {"source": "statistic", "rule": rule, "not_applicable": not_applicable}
                    leaf.update(more)
                    return Scheme.from_dict(data), leaf["id"]
    raise AssertionError


def unit(given: Scheme, **entered: float | None) -> rows.UnitFacts:
    points = dict.fromkeys(given.inputs(), 0.0) | entered
    counts = dict.fromkeys(("n_population", "n_issued", "n_respondents", "n_ineligible"), 0)
    named = {"key": "a", "code": "a", "name": "Xã Cẩm Vũ", "valid_from": date(2020, 1, 1)}
    return rows.UnitFacts(**named, **counts, verified=points)


RATIO = {"kind": "formula", "formula": "max_points * done / planned"}


@pytest.mark.parametrize(
    ("entered", "code", "words"),
    [
        ({"done": 1.0, "planned": 0.0}, "formula.zero", "chia cho 0"),
        ({"done": 3.0, "planned": 2.0}, "scoring.formula", "ngoài thang điểm"),
        ({"done": 3.0, "planned": None}, "scoring.partly", "một phần số liệu"),
        ({"done": None, "planned": None}, "composition.must_apply", "mọi đơn vị"),
    ],
)
def test_the_unit_and_its_criterion_are_named(entered, code, words):
    given, leaf = scheme(RATIO)
    with pytest.raises(Conflict, match=words) as refused:
        rows.unsurveyed(unit(given, **entered), given)
    assert refused.value.code == code
    assert "Xã Cẩm Vũ: " in str(refused.value)
    assert leaf in str(refused.value)


def test_numbers_that_make_points_are_composed():
    given, _leaf = scheme(RATIO)
    row = rows.unsurveyed(unit(given, done=1.0, planned=2.0), given)
    assert row.verified_points > 0
