"""From weights and answers to the table: satisfaction, points, total, band, alerts per unit.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.index.satisfaction import unit_sums
from analysis.index.scheme import Scheme
from analysis.index.unit_sums import UnitSums, estimated, joined
from forms.model import Questionnaire
from survey.domain.calendar import local_day
from survey.domain.collation import sort_key
from survey.domain.wave import is_surveyed
from survey.errors import Conflict
from survey.render.table import Area, Concept, ResultTable
from survey.services import definitions
from survey.services.composition import rows as result_rows
from survey.services.composition import table_text, unit_facts, weighted_answers, year_on_year
from survey.services.composition.rows import LEVEL, UnitFacts
from survey.services.composition.year_on_year import Earlier
from survey.services.schemes import suits
from survey.store import waves
from survey.store.models import (
    IndexRun,
    VerifiedSet,
    WeighRun,
)


@dataclass(frozen=True, slots=True)
class GroupSums:
    """What one group says of the units, in their order, and of all of them; from which wave."""

    group: str
    slug: str
    n: int
    units: tuple[UnitSums, ...]
    whole: UnitSums


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
    #: Answers that the run left out by a reviewer's decision.
    n_excluded: int
    #: The run that left nobody out; None where this one did not either.
    with_excluded: int | None
    earlier: Earlier | None = None
    #: What groups that other waves asked add up to.
    others: tuple[GroupSums, ...] = ()

    @property
    def names(self) -> list[str]:
        """What the survey leaves read, each once, in the scheme's order."""
        return list(dict.fromkeys(leaf.asked for leaf in self.scheme.survey_leaves))


def load(
    session: Session, slug: str, *, run_id: int | None = None, scheme: Scheme | None = None
) -> Inputs:
    """Gather what the table needs, of a run or the newest, under the wave's scheme or another.

    Raises NotFound, Conflict, InvalidInput (options that the scheme's rule cannot read).
    """
    wave = waves.get(session, slug)
    runs = select(WeighRun).where(WeighRun.wave_id == wave.id)
    if run_id is not None:
        runs = runs.where(WeighRun.id == run_id)
    run = session.scalars(runs.order_by(WeighRun.id.desc()).limit(1)).one_or_none()
    if run is None:
        raise Conflict(
            "Đợt “%(slug)s” chưa có quyền số.",
            code="index.no_weights",
            hint="Chạy: flask weigh run --wave %(slug)s",
            slug=slug,
        )
    scheme = scheme or Scheme.from_toml(wave.scheme.definition)
    definition = definitions.of(wave.questionnaire)
    group = wave.settings.get("group", "citizen")
    suits.demand(scheme, definition, group)
    concepts = _concepts(scheme, definition, group)
    verified = _verified_set(session, wave.id)
    draw = waves.draw_of(session, wave.id)
    excluded = run.settings.get("excluded", [])
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
            "min_people": int(wave.settings.get("min_people", result_rows.PEOPLE)),
            "group": group,
            "surveyed": is_surveyed(wave.settings),
            "scheme_id": wave.scheme_id,
        },
        scheme=scheme,
        units=unit_facts.of_wave(session, wave.id, verified.id if verified else None, excluded),
        respondents=weighted_answers.of_run(session, run.id, definition, concepts),
        concepts=concepts,
        populations=run.settings["populations"],
        steps=run.steps,
        weigh_run_id=run.id,
        verified_set_id=verified.id if verified else None,
        earlier=year_on_year.load(session, wave),
        n_excluded=len(excluded),
        with_excluded=run.settings.get("with_excluded"),
    )


def compute(inputs: Inputs, *, now: datetime) -> ResultTable:
    """Estimate, score and compose.  Pure but for the date it is given."""
    return composed(inputs, *sums(inputs), now=now)


def sums(inputs: Inputs) -> tuple[list[UnitSums], UnitSums]:
    """The weighted answers added up, by unit and over all: what a public file may show."""
    keys = [unit.key for unit in inputs.units]
    found, whole = unit_sums(
        inputs.respondents,
        inputs.concepts,
        inputs.populations,
        units=keys,
        scores=inputs.scheme.concept_scores(),
    )
    sides = [[own, *(each.units[i] for each in inputs.others)] for i, own in enumerate(found)]
    all_sides = [whole, *(each.whole for each in inputs.others)]
    return [joined(each, inputs.names) for each in sides], joined(all_sides, inputs.names)


def _concepts(scheme: Scheme, definition: Questionnaire, group: str) -> dict[str, list[str]]:
    """What the group is asked for the scheme -> the questionnaire's items."""
    leaves = {leaf.asked: leaf.concept for leaf in scheme.survey_leaves if leaf.group == group}
    items = weighted_answers.items(definition, leaves.values())
    return {name: items[concept] for name, concept in leaves.items()}


def composed(
    inputs: Inputs,
    found: Sequence[UnitSums],
    whole_sums: UnitSums,
    *,
    now: datetime,
    withheld: frozenset[str] | None = None,
) -> ResultTable:
    """The table that follows from sums.

    ``withheld``: units to be withheld for another's sake, where that was decided before.
    """
    scheme, minimum = inputs.scheme, inputs.wave["min_shown"]
    # A release made before there were years without a survey does not say so.
    if surveyed := inputs.wave.get("surveyed", True):
        rows = [
            result_rows.row(unit, estimated(each, level=LEVEL), scheme, minimum)
            for unit, each in zip(inputs.units, found, strict=True)
        ]
    else:
        rows = [result_rows.unsurveyed(unit, scheme) for unit in inputs.units]
    if withheld is None:
        rows = result_rows.protect(rows, minimum)
    else:
        rows = result_rows.withhold(rows, withheld)
    whole = estimated(whole_sums, level=LEVEL)
    rows.sort(key=lambda row: sort_key(row.name))
    return ResultTable(
        wave_slug=inputs.wave["slug"],
        wave_title=inputs.wave["titles"],
        organisation=inputs.wave["organisation"],
        synthetic=inputs.wave["synthetic"],
        rows=tuple(rows),
        whole=result_rows.whole(inputs.units, whole, minimum, scheme)
        if surveyed
        else result_rows.unsurveyed(result_rows.everything(inputs.units), scheme),
        concepts=tuple(
            Concept(id=leaf.id, title=leaf.title, max_points=leaf.max_points)
            for leaf in scheme.survey_leaves
        ),
        areas=tuple(Area(id=area.id, title=area.title) for area in scheme.areas),
        level=LEVEL,
        min_respondents=minimum,
        run_id=f"{inputs.wave['slug']}-{inputs.weigh_run_id}",
        scheme_title=scheme.title,
        scheme_sha256=scheme.sha256,
        sample_seed=inputs.wave["seed"],
        computed_on=local_day(now),
        fieldwork_from=inputs.wave["fieldwork"][0],
        fieldwork_to=inputs.wave["fieldwork"][1],
        method=table_text.METHOD if surveyed else table_text.WITHOUT_SURVEY,
        notes=(
            *table_text.excluded(inputs.n_excluded),
            *table_text.notes(inputs.steps, {u.key: u.name for u in inputs.units}),
            *table_text.groups(
                {each.group: (each.slug, each.n) for each in inputs.others},
                {leaf.group for leaf in scheme.survey_leaves} - {inputs.wave["group"]},
            ),
        ),
        n_excluded=inputs.n_excluded,
        sources=table_text.sources(scheme.legal_source),
        before=year_on_year.compare(inputs.earlier, rows, level=LEVEL),
    )


def alike(
    inputs: Inputs, everybody: Inputs, table: ResultTable, other: ResultTable
) -> tuple[ResultTable, ResultTable]:
    """The tables without and with the excluded answers, each withholding what the other does.

    Where they differ by very few answers, the second one would tell what those few said.
    """

    def guarded(own: ResultTable, beside: ResultTable) -> ResultTable:
        rows = result_rows.withhold_alike(own.rows, beside.rows)
        before = year_on_year.compare(inputs.earlier, list(rows), level=LEVEL)
        return replace(own, rows=rows, before=before)

    least = inputs.wave["min_people"]
    apart, whole = result_rows.few_apart(
        table.rows, other.rows, other.whole, least, _heard_apart(inputs, everybody)
    )
    return guarded(table, other), guarded(replace(other, rows=apart, whole=whole), table)


def _heard_apart(inputs: Inputs, everybody: Inputs) -> dict[str, list[int]]:
    """By unit, how many of the excluded answered each subject."""
    pairs = zip(sums(inputs)[0], sums(everybody)[0], strict=True)
    return {own.unit: (whole.heard - own.heard).tolist() for own, whole in pairs}


def store(
    session: Session,
    inputs: Inputs,
    table: ResultTable,
    *,
    now: datetime,
    with_excluded: ResultTable | None = None,
) -> int:
    """Keep a table, and the same table with the excluded answers in it; return its number."""
    run = IndexRun(
        wave_id=inputs.wave["id"],
        weigh_run_id=inputs.weigh_run_id,
        scheme_id=inputs.wave["scheme_id"],
        verified_set_id=inputs.verified_set_id,
        table=table.to_dict()
        | ({"with_excluded": with_excluded.to_dict()} if with_excluded else {}),
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
