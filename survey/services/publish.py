"""From weights and answers to the table: satisfaction, points, total, band, alerts per unit.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.index.bands import Alert as RuleAlert
from analysis.index.composition import Composition, SurveyPoints, compose
from analysis.index.satisfaction import UnitSatisfaction, satisfaction
from analysis.index.scheme import Leaf, Scheme
from survey.domain.calendar import local_day
from survey.domain.collation import sort_key
from survey.domain.disposition import RESPONDED, Outcome
from survey.domain.wave import Stream
from survey.errors import Conflict
from survey.render.table import Alert, Concept, ConceptScore, ResultRow, ResultTable
from survey.services import definitions, table_text
from survey.store import cases, units, waves
from survey.store.models import (
    IndexRun,
    Response,
    ResponseWeight,
    VerifiedPoint,
    VerifiedSet,
    WeighRun,
)

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What is known of a unit before any estimate."""

    key: str
    code: str
    valid_from: date
    name: str
    n_population: int
    n_issued: int
    n_respondents: int
    n_ineligible: int
    #: None where no verified points were imported.
    verified: Mapping[str, float | None] | None


@dataclass(frozen=True, slots=True)
class Inputs:
    wave: dict[str, Any]
    scheme: Scheme
    units: list[UnitFacts]
    respondents: pd.DataFrame
    concepts: dict[str, list[str]]
    populations: dict[str, int]
    steps: list[dict[str, Any]]
    weigh_run_id: int
    verified_set_id: int | None


def load(session: Session, slug: str) -> Inputs:
    """Gather what the table needs.  Raises NotFound, Conflict without weights."""
    wave = waves.get(session, slug)
    run = session.scalars(
        select(WeighRun).where(WeighRun.wave_id == wave.id).order_by(WeighRun.id.desc()).limit(1)
    ).one_or_none()
    if run is None:
        raise Conflict(
            "Đợt “%(slug)s” chưa có quyền số.",
            code="index.no_weights",
            hint="Chạy: flask weigh run --wave %(slug)s",
            slug=slug,
        )
    scheme = Scheme.from_toml(wave.scheme.definition)
    definition = definitions.of(wave.questionnaire)
    concepts: dict[str, list[str]] = {leaf.concept: [] for leaf in scheme.survey_leaves}
    for question in definition:
        if question.is_rating and question.concept in concepts:
            concepts[question.concept].append(question.name)
    verified = _verified_set(session, wave.id)
    draw = waves.draw_of(session, wave.id)
    return Inputs(
        wave={
            "id": wave.id,
            "slug": slug,
            "titles": wave.titles,
            "organisation": wave.organisation,
            "synthetic": wave.synthetic,
            "seed": draw.seed if draw else "",
            "fieldwork": (wave.opens_on, wave.closes_on),
            "min_shown": wave.settings["min_shown"],
            "scheme_id": wave.scheme_id,
        },
        scheme=scheme,
        units=_unit_facts(session, wave.id, verified.id if verified else None),
        respondents=_respondents(session, run.id, definition, concepts),
        concepts=concepts,
        populations=run.settings["populations"],
        steps=run.steps,
        weigh_run_id=run.id,
        verified_set_id=verified.id if verified else None,
    )


def compute(inputs: Inputs, *, now: datetime) -> ResultTable:
    """Estimate, score and compose.  Pure but for the date it is given."""
    scheme = inputs.scheme
    estimates, whole = satisfaction(
        inputs.respondents,
        inputs.concepts,
        inputs.populations,
        units=[unit.key for unit in inputs.units],
        scores={
            leaf.concept: {int(k): v for k, v in leaf.rule["weights"].items()}
            for leaf in scheme.survey_leaves
            if leaf.rule["kind"] == "options"
        },
        level=LEVEL,
    )
    minimum = inputs.wave["min_shown"]
    rows = [
        _row(unit, found, scheme, minimum)
        for unit, found in zip(inputs.units, estimates, strict=True)
    ]
    rows.sort(key=lambda row: sort_key(row.name))
    return ResultTable(
        wave_slug=inputs.wave["slug"],
        wave_title=inputs.wave["titles"],
        organisation=inputs.wave["organisation"],
        synthetic=inputs.wave["synthetic"],
        rows=tuple(rows),
        whole=_whole(inputs.units, whole, minimum, scheme),
        concepts=tuple(
            Concept(id=leaf.id, title=leaf.title, max_points=leaf.max_points)
            for leaf in scheme.survey_leaves
        ),
        level=LEVEL,
        min_respondents=minimum,
        run_id=f"{inputs.wave['slug']}-{inputs.weigh_run_id}",
        scheme_title=scheme.title,
        scheme_sha256=scheme.sha256,
        sample_seed=inputs.wave["seed"],
        computed_on=local_day(now),
        fieldwork_from=inputs.wave["fieldwork"][0],
        fieldwork_to=inputs.wave["fieldwork"][1],
        method=table_text.METHOD,
        notes=table_text.notes(inputs.steps, {u.key: u.name for u in inputs.units}),
        sources=table_text.sources(scheme.legal_source),
    )


def store(session: Session, inputs: Inputs, table: ResultTable, *, now: datetime) -> int:
    run = IndexRun(
        wave_id=inputs.wave["id"],
        weigh_run_id=inputs.weigh_run_id,
        scheme_id=inputs.wave["scheme_id"],
        verified_set_id=inputs.verified_set_id,
        table=table.to_dict(),
        created_at=now,
    )
    session.add(run)
    session.flush()
    return run.id


def _verified_set(session: Session, wave_id: int) -> VerifiedSet | None:
    return session.scalars(
        select(VerifiedSet)
        .where(VerifiedSet.wave_id == wave_id)
        .order_by(VerifiedSet.id.desc())
        .limit(1)
    ).one_or_none()


def _unit_facts(session: Session, wave_id: int, set_id: int | None) -> list[UnitFacts]:
    sizes = cases.frame_sizes(session, wave_id)
    issued: dict[int, int] = {}
    for unit_id, _, n, _, _ in cases.count_issued_by_stratum(session, wave_id):
        issued[unit_id] = issued.get(unit_id, 0) + n
    outcomes = {
        (unit_id, outcome): n
        for unit_id, outcome, n in session.execute(
            select(Response.unit_id, Response.outcome, func.count())
            .where(Response.wave_id == wave_id, Response.stream == Stream.PROBABILITY)
            .group_by(Response.unit_id, Response.outcome)
        )
    }
    points: dict[int, dict[str, float | None]] = {}
    if set_id is not None:
        for row in session.scalars(select(VerifiedPoint).where(VerifiedPoint.set_id == set_id)):
            points.setdefault(row.unit_id, {})[row.leaf] = row.points
    return [
        UnitFacts(
            key=f"{unit.code}@{unit.valid_from}",
            code=unit.code,
            valid_from=unit.valid_from,
            name=unit.name,
            n_population=sizes.get(unit.id, 0),
            n_issued=issued.get(unit.id, 0),
            n_respondents=sum(outcomes.get((unit.id, outcome), 0) for outcome in RESPONDED),
            n_ineligible=outcomes.get((unit.id, Outcome.INELIGIBLE), 0),
            verified=points.get(unit.id),
        )
        for unit in units.of_wave(session, wave_id)
    ]


def _respondents(
    session: Session, run_id: int, definition, concepts: Mapping[str, list[str]]
) -> pd.DataFrame:
    """The weighted answers; the unit is the part of the cell before the slash."""
    items = [item for names in concepts.values() for item in names]
    questions = [definition.question(item) for item in items]
    rows = session.execute(
        select(ResponseWeight.cell, ResponseWeight.nonresponse, Response.outcome, Response.answers)
        .join(Response, Response.id == ResponseWeight.response_id)
        .where(ResponseWeight.run_id == run_id)
        .order_by(Response.id)
    ).all()
    answers = [[_value(question, row.answers) for question in questions] for row in rows]
    table = pd.DataFrame(
        np.array(answers, dtype=float).reshape(len(rows), len(items)), columns=items
    )
    return table.assign(
        unit=[row.cell.partition("/")[0] for row in rows],
        cell=[row.cell for row in rows],
        weight=[row.nonresponse for row in rows],
        eligible=[row.outcome in RESPONDED for row in rows],
    )


def _value(question, answers: Mapping[str, Any]) -> float:
    given = answers.get(question.name)
    if given is None or question.missing_reason(given):
        return float("nan")
    return float(given)


def _row(unit: UnitFacts, found: UnitSatisfaction, scheme: Scheme, minimum: int) -> ResultRow:
    known = _facts(unit)
    if unit.verified is not None:
        known["verified_points"] = float(
            sum(
                unit.verified[leaf.id] or 0.0
                for leaf in scheme.leaves
                if leaf.source == "verified" and leaf.id in unit.verified
            )
        )
    if found.overall is None or found.n < minimum:
        hidden = dict.fromkeys(_ESTIMATED) | {"suppressed": "small_n" if found.n else "no_answers"}
        return ResultRow(**known, **hidden)
    known |= _figures(found, scheme)
    survey = _survey_points(scheme, found)
    if survey is not None and unit.verified is not None:
        known |= _composed(compose(scheme, unit.verified, survey, level=LEVEL), scheme)
    return ResultRow(**known)


def _facts(unit: UnitFacts) -> dict[str, Any]:
    asked = unit.n_issued - unit.n_ineligible
    return {
        "unit_code": unit.code,
        "valid_from": unit.valid_from,
        "name": unit.name,
        "n_population": unit.n_population,
        "n_issued": unit.n_issued,
        "n_respondents": unit.n_respondents,
        "response_rate": unit.n_respondents / asked if asked else None,
    }


_ESTIMATED = (
    "n_effective",
    "satisfaction",
    "satisfaction_se",
    "satisfaction_low",
    "satisfaction_high",
    "unweighted",
)


def _figures(found: UnitSatisfaction, scheme: Scheme) -> dict[str, Any]:
    overall = found.overall
    return {
        "n_effective": found.n_effective,
        "satisfaction": overall.share,
        "satisfaction_se": overall.se,
        "satisfaction_low": overall.low,
        "satisfaction_high": overall.high,
        "unweighted": found.unweighted,
        "concepts": tuple(
            ConceptScore(
                id=leaf.id,
                satisfaction=share.share if share else None,
                points=share.share * leaf.max_points if share else None,
            )
            for leaf in scheme.survey_leaves
            for share in [found.concepts[leaf.concept]]
        ),
    }


def _survey_points(scheme: Scheme, found: UnitSatisfaction) -> SurveyPoints | None:
    """Points of the survey leaves; None if one of them has no valid answer at all."""
    leaves: tuple[Leaf, ...] = scheme.survey_leaves
    shares = [found.concepts[leaf.concept] for leaf in leaves]
    if any(share is None for share in shares):
        return None
    order = [list(found.concepts).index(leaf.concept) for leaf in leaves]
    scale = np.array([leaf.max_points for leaf in leaves])
    return SurveyPoints(
        {
            leaf.id: share.share * leaf.max_points
            for leaf, share in zip(leaves, shares, strict=True)
        },
        found.covariance[np.ix_(order, order)] * np.outer(scale, scale),
    )


def _composed(made: Composition, scheme: Scheme) -> dict[str, Any]:
    return {
        "survey_points": made.survey_points,
        "total": made.total,
        "total_se": made.total_se,
        "total_low": made.total_low,
        "total_high": made.total_high,
        "denominator": made.denominator,
        "index_percent": made.published_percent,
        "band": dict(made.band.title),
        "alerts": tuple(_alert(alert, scheme, made) for alert in made.alerts),
    }


def _alert(alert: RuleAlert, scheme: Scheme, made: Composition) -> Alert:
    if alert.rule == "band":
        return Alert(code="band", text=table_text.band_alert(made.band.title))
    area = next(area for area in scheme.areas if area.id == alert.id)
    return Alert(
        code=f"area.{area.id}", text=table_text.area_alert(area.title, alert.ratio, alert.limit)
    )


def _whole(
    facts: list[UnitFacts], found: UnitSatisfaction, minimum: int, scheme: Scheme
) -> ResultRow:
    everything = UnitFacts(
        key="",
        code="",
        valid_from=None,
        name="",
        n_population=sum(unit.n_population for unit in facts),
        n_issued=sum(unit.n_issued for unit in facts),
        n_respondents=sum(unit.n_respondents for unit in facts),
        n_ineligible=sum(unit.n_ineligible for unit in facts),
        verified=None,
    )
    return _row(everything, found, scheme, minimum)
