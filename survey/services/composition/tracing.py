"""Where each figure of a unit came from: points, rule, share, weights, cases, questions, counts.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from analysis.index import scoring, survey_rules
from analysis.index.composition import Composition, compose
from analysis.index.scheme import Leaf, Scheme
from analysis.index.unit_sums import UnitSatisfaction, UnitSums, estimated
from survey.render.table import ResultTable
from survey.services import definitions
from survey.services.composition import rows as result_rows
from survey.services.composition.publish import Inputs
from survey.services.composition.rows import LEVEL, UnitFacts
from survey.store import waves
from survey.store.models import IndexTrace

Texts = Mapping[str, Mapping[str, str]]


def questions(session: Session, slug: str) -> dict[str, dict[str, str]]:
    """Item -> the words of its question, by language."""
    definition = definitions.of(waves.get(session, slug).questionnaire)
    return {question.name: dict(question.labels) for question in definition if question.is_rating}


def compute(
    inputs: Inputs, sums: Sequence[UnitSums], table: ResultTable, texts: Texts
) -> dict[str, dict[str, Any]]:
    """Unit -> its trace, for units that the table shows: a withheld one has none."""
    shown = {
        f"{row.unit_code}@{row.valid_from}" for row in table.rows if row.satisfaction is not None
    }
    answers = _answers(inputs)
    found = {each.unit: each for each in sums}
    return {
        unit.key: _unit(inputs, unit, found[unit.key], answers.get(unit.key), texts)
        for unit in inputs.units
        if unit.key in shown
    }


def store(session: Session, index_run_id: int, traces: Mapping[str, dict[str, Any]]) -> None:
    session.add_all(
        IndexTrace(index_run_id=index_run_id, unit=unit, content=content)
        for unit, content in traces.items()
    )


def _unit(
    inputs: Inputs, unit: UnitFacts, own: UnitSums, answers: pd.DataFrame | None, texts: Texts
) -> dict[str, Any]:
    scheme, found = inputs.scheme, estimated(own, level=LEVEL)
    points = result_rows.survey_points(scheme, found)
    made = None
    if points is not None and unit.verified is not None:
        made = compose(scheme, unit.verified, points, level=LEVEL)
    overall = found.overall
    return {
        "level": LEVEL,
        "areas": list(_areas(scheme, made)),
        "leaves": [
            _leaf(inputs, leaf, area.id, unit, own, found, made, answers, texts)
            for area in scheme.areas
            for leaf in area.leaves
        ],
        "total": made
        and {
            "points": made.total, "se": made.total_se, "low": made.total_low,
            "high": made.total_high, "most": made.denominator, "index": made.index_percent,
            "published": made.published_percent,
        },
        "satisfaction": {
            "share": overall.share, "se": overall.se, "low": overall.low, "high": overall.high,
            "unweighted": found.unweighted, "n": found.n, "n_effective": found.n_effective,
        },
        "cases": {
            "frame": unit.n_population, "issued": unit.n_issued,
            "ineligible": unit.n_ineligible, "answered": unit.n_respondents,
        },
        "weights": {"run": inputs.weigh_run_id, "cells": list(_cells(inputs, answers))},
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
    unit: UnitFacts,
    own: UnitSums,
    found: UnitSatisfaction,
    made: Composition | None,
    answers: pd.DataFrame | None,
    texts: Texts,
) -> dict[str, Any]:
    content = {
        "id": leaf.id, "area": area, "title": dict(leaf.title), "source": leaf.source,
        "most": leaf.max_points, "rule": dict(leaf.rule), "points": None,
    }  # fmt: skip
    if leaf.source != "survey":
        given = scoring.points(inputs.scheme, unit.verified) if unit.verified is not None else {}
        entered = {name: (unit.verified or {}).get(name) for name in leaf.inputs}
        return content | {"points": given.get(leaf.id), "entered": entered}
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
        "items": _items(inputs, leaf, answers, texts, inputs.wave["min_people"]),
    }  # fmt: skip


def _items(
    inputs: Inputs, leaf: Leaf, answers: pd.DataFrame | None, texts: Texts, least: int
) -> list[dict[str, Any]]:
    """Each question of a concept with its counts; ``few``: one of them tells of very few people."""
    names = inputs.concepts.get(leaf.asked, [])
    if answers is None or leaf.rule["kind"] not in ("share", "tiers", "formula"):
        return [{"name": name, "text": texts.get(name, {})} for name in names]
    found = []
    for name in names:
        values = answers[name].to_numpy(dtype=float)
        valid = np.isfinite(values)
        satisfied = valid & (values >= 4)
        weight = answers["final"].to_numpy()
        base = weight[valid].sum()
        found.append(
            {
                "name": name,
                "text": texts.get(name, {}),
                "valid": int(valid.sum()),
                "satisfied": int(satisfied.sum()),
                "share": float(weight[satisfied].sum() / base) if base else None,
            }
        )
    counts = [n for x in found for n in (x["satisfied"], x["valid"] - x["satisfied"])]
    few = any(n < least for n in counts)
    return [each | {"few": few} for each in found]


def _answers(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Unit -> its eligible answers with the weight after post-stratification."""
    rows = inputs.respondents
    if rows.empty:
        return {}
    sums = rows.groupby("cell")["weight"].transform("sum")
    final = rows["weight"] * rows["cell"].map(inputs.populations) / sums
    kept = rows.assign(final=final)[rows["eligible"].to_numpy(dtype=bool)]
    return dict(tuple(kept.groupby("unit")))


def _cells(inputs: Inputs, answers: pd.DataFrame | None) -> Iterator[dict[str, Any]]:
    """The weighting cells that stand behind a unit's answers."""
    if answers is None:
        return
    for cell, rows in answers.groupby("cell"):
        yield {
            "cell": cell, "population": inputs.populations[cell], "n": len(rows),
            "before": float(rows["weight"].mean()), "final": float(rows["final"].mean()),
        }  # fmt: skip
