"""Where each figure of a unit came from: points, rule, share, weights, cases, questions, counts.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from analysis.index import scoring, survey_rules
from analysis.index.composition import Composition, compose
from analysis.index.scheme import Leaf, Scheme
from analysis.index.unit_sums import UnitSatisfaction, UnitSums, estimated
from forms.model import Questionnaire
from survey.render.table import ResultTable
from survey.services import definitions
from survey.services.composition import answer_counts
from survey.services.composition import rows as result_rows
from survey.services.composition.answer_counts import Counts
from survey.services.composition.publish import Inputs
from survey.services.composition.rows import LEVEL, UnitFacts
from survey.store import waves
from survey.store.models import IndexTrace

Texts = Mapping[str, Mapping[str, str]]
#: The whole wave stands under no unit's name.
WHOLE = ""
#: Behind the name: of the table with the answers that a reviewer left out.
WITH_EXCLUDED = "+"


def questions(session: Session, slug: str) -> dict[str, dict[str, str]]:
    """The words of a wave's questions.  Raises NotFound."""
    return texts(definitions.of(waves.get(session, slug).questionnaire))


def texts(definition: Questionnaire) -> dict[str, dict[str, str]]:
    """Item -> the words of its question, by language."""
    return {question.name: dict(question.labels) for question in definition if question.is_rating}


def compute(
    inputs: Inputs, sums: tuple[Sequence[UnitSums], UnitSums], table: ResultTable, texts: Texts
) -> dict[str, dict[str, Any]]:
    """Unit -> its trace; a withheld one's has verified points and cases, nothing of its answers.

    The whole wave's stands under `WHOLE`.
    """
    shown = {
        f"{row.unit_code}@{row.valid_from}" for row in table.rows if row.satisfaction is not None
    }
    answers = answer_counts.weighted(inputs)
    of_unit = answer_counts.by_unit(inputs, answers)
    found = {each.unit: each for each in sums[0]}
    made = {
        unit.key: _unit(inputs, unit, found[unit.key], of_unit.get(unit.key), texts)
        if unit.key in shown
        else _withheld(inputs, unit)
        for unit in inputs.units
    }
    if table.whole.satisfaction is not None:
        made[WHOLE] = _whole(inputs, sums[1], answers, answer_counts.of_all(of_unit), texts)
    return made


def store(session: Session, index_run_id: int, traces: Mapping[str, dict[str, Any]]) -> None:
    session.add_all(
        IndexTrace(index_run_id=index_run_id, unit=unit, content=content)
        for unit, content in traces.items()
    )


def _unit(
    inputs: Inputs, unit: UnitFacts, own: UnitSums, counts: Counts | None, texts: Texts
) -> dict[str, Any]:
    scheme, found = inputs.scheme, estimated(own, level=LEVEL)
    given = _Given.of(scheme, unit)
    points = result_rows.survey_points(scheme, found)
    made = None
    if points is not None and unit.verified is not None:
        made = compose(scheme, unit.verified, points, level=LEVEL)
    return {
        "level": LEVEL,
        "areas": list(_areas(scheme, made)),
        "leaves": [
            _leaf(inputs, leaf, area.id, given, own, found, counts, texts)
            for area in scheme.areas
            for leaf in area.leaves
        ],
        "total": made
        and {
            "points": made.total, "se": made.total_se, "low": made.total_low,
            "high": made.total_high, "most": made.denominator, "index": made.index_percent,
            "published": made.published_percent,
        },
        "band": made and _band(scheme, made),
        "satisfaction": _satisfaction(found),
        "cases": _cases([unit]),
        "weights": {"run": inputs.weigh_run_id, "cells": counts.cells if counts else []},
    }  # fmt: skip


def _whole(
    inputs: Inputs,
    own: UnitSums,
    answers: pd.DataFrame | None,
    counts: Counts | None,
    texts: Texts,
) -> dict[str, Any]:
    """All units together: shares of the survey's subjects; verified points have no whole."""
    found = estimated(own, level=LEVEL)
    return {
        "level": LEVEL,
        "areas": [
            {"id": a.id, "title": dict(a.title), "points": None} for a in inputs.scheme.areas
        ],
        "leaves": [
            _leaf(inputs, leaf, area.id, _Given({}, {}), own, found, counts, texts)
            for area in inputs.scheme.areas
            for leaf in area.leaves
            if leaf.source == "survey"
        ],
        "total": None,
        "band": None,
        "satisfaction": _satisfaction(found),
        "cases": _cases(inputs.units),
        "weights": {"run": inputs.weigh_run_id, "spread": answer_counts.spread(answers)},
    }


def _withheld(inputs: Inputs, unit: UnitFacts) -> dict[str, Any]:
    given = _Given.of(inputs.scheme, unit)
    return {
        "level": LEVEL,
        "areas": list(_areas(inputs.scheme, None)),
        "leaves": [
            given.leaf(leaf, area.id)
            for area in inputs.scheme.areas
            for leaf in area.leaves
            if leaf.source != "survey"
        ],
        "total": None,
        "band": None,
        "satisfaction": None,
        "cases": _cases([unit]),
        "weights": {"run": inputs.weigh_run_id},
    }


def _satisfaction(found: UnitSatisfaction) -> dict[str, Any]:
    overall = found.overall
    return {
        "share": overall.share, "se": overall.se, "low": overall.low, "high": overall.high,
        "unweighted": found.unweighted, "n": found.n, "n_effective": found.n_effective,
    }  # fmt: skip


def _cases(units: Sequence[UnitFacts]) -> dict[str, int]:
    return {
        "frame": sum(unit.n_population for unit in units),
        "issued": sum(unit.n_issued for unit in units),
        "ineligible": sum(unit.n_ineligible for unit in units),
        "answered": sum(unit.n_respondents for unit in units),
    }


def _band(scheme: Scheme, made: Composition) -> dict[str, Any]:
    """What each band asks for, highest first, and what the unit has."""
    return {
        "title": dict(made.band.title),
        "on": scheme.band_on,
        "index": made.published_percent if scheme.band_on == "published" else made.index_percent,
        "weakest_area": 100 * min((area.ratio for area in made.areas), default=1.0),
        "rules": [
            {
                "title": dict(band.title), "own": band.id == made.band.id, "from": band.min_index,
                "area_floor": band.area_floor, "criterion_floor": band.criterion_floor,
            }
            for band in scheme.bands
        ],
    }  # fmt: skip


def _areas(scheme: Scheme, made: Composition | None) -> Iterator[dict[str, Any]]:
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    of_area = {each.id: each for each in made.areas} if made else {}
    for area in scheme.areas:
        own = of_area.get(area.id)
        yield {"id": area.id, "title": dict(area.title)} | (
            {
                "points": own.points, "most": own.max_points, "se": own.se,
                "low": max(own.points - z * own.se, 0.0),
                "high": min(own.points + z * own.se, own.max_points),
            }
            if own
            else {"points": None}
        )  # fmt: skip


def _leaf(
    inputs: Inputs,
    leaf: Leaf,
    area: str,
    given: _Given,
    own: UnitSums,
    found: UnitSatisfaction,
    counts: Counts | None,
    texts: Texts,
) -> dict[str, Any]:
    if leaf.source != "survey":
        return given.leaf(leaf, area)
    content = _named(leaf, area)
    share = found.concepts[leaf.asked]
    if share is None:
        return content
    scored = survey_rules.score(leaf, share.share, share.se, share.low, share.high)
    group = next((each for each in inputs.others if each.group == leaf.group), None)
    return content | {
        "points": scored.points, "se": scored.se, "low": scored.low, "high": scored.high,
        "group": leaf.group, "wave": group.slug if group else inputs.wave["slug"],
        "share": {"share": share.share, "se": share.se, "low": share.low, "high": share.high},
        "heard": int(own.heard[own.names.index(leaf.asked)]),
        "items": _items(inputs, leaf, counts, texts, inputs.wave["min_people"]),
    }  # fmt: skip


def _named(leaf: Leaf, area: str) -> dict[str, Any]:
    return {
        "id": leaf.id, "area": area, "title": dict(leaf.title), "source": leaf.source,
        "most": leaf.max_points, "rule": dict(leaf.rule), "points": None,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Given:
    """Points that no survey gives, and what was entered for them."""

    points: Mapping[str, float | None]
    entered: Mapping[str, float | None]

    @classmethod
    def of(cls, scheme: Scheme, unit: UnitFacts) -> _Given:
        if unit.verified is None:
            return cls({}, {})
        return cls(scoring.points(scheme, unit.verified), unit.verified)

    def leaf(self, leaf: Leaf, area: str) -> dict[str, Any]:
        entered = {name: self.entered.get(name) for name in leaf.inputs}
        return _named(leaf, area) | {"points": self.points.get(leaf.id), "entered": entered}


def _items(
    inputs: Inputs, leaf: Leaf, counts: Counts | None, texts: Texts, least: int
) -> list[dict[str, Any]]:
    """Each question of a concept with its counts; ``few``: one of them tells of very few people."""
    names = inputs.concepts.get(leaf.asked, [])
    if counts is None or leaf.rule["kind"] not in ("share", "tiers", "formula"):
        return [{"name": name, "text": texts.get(name, {})} for name in names]
    found = []
    for name in names:
        valid, satisfied, base, part = counts.items[name]
        found.append(
            {
                "name": name,
                "text": texts.get(name, {}),
                "valid": valid,
                "satisfied": satisfied,
                "share": part / base if base else None,
            }
        )
    few = any(
        n < least for each in found for n in (each["satisfied"], each["valid"] - each["satisfied"])
    )
    return [each | {"few": few} for each in found]
