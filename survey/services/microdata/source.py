"""What an export is made from: the wave, a run of its weights, its questionnaires."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from analysis.estimation.replicaterows import Cell
from analysis.index.scheme import Scheme
from forms.faces import codebook
from forms.faces.codebook import Variable
from forms.model import Questionnaire as Definition
from survey.domain.disposition import RESPONDED
from survey.domain.household_round import SETTING
from survey.domain.wave import Stream
from survey.errors import Conflict
from survey.services import definitions
from survey.store import households, screening, units, waves
from survey.store.models import (
    IndexRun,
    Questionnaire,
    Response,
    ResponseWeight,
    Unit,
    VerifiedPoint,
    WeighRun,
)

#: Rows that the database hands over at a time.
BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class Area:
    """A primary sampling unit of a household round, and the chances of its stages."""

    number: int
    probability: float
    #: Of a household, given its area; None while its listing is open.
    share: float | None


@dataclass(frozen=True)
class Source:
    """Facts of one export; the rows themselves stay in the database."""

    wave_id: int
    slug: str
    titles: dict[str, str]
    organisation: str
    synthetic: bool
    fieldwork: tuple[date, date]
    definition: Definition
    #: Every version that was answered, by its number in the database; the wave's own is first.
    versions: dict[int, Definition]
    variables: tuple[Variable, ...]
    units: dict[int, Unit]
    scheme: Scheme
    #: The weights' run; None where nothing was weighed yet.
    run_id: int | None
    steps: list[dict[str, Any]]
    #: Cells of the run in order, each with what it stands for.
    cells: dict[str, float]
    excluded: frozenset[str]
    #: Verified points of the table that was made from this run: unit key -> leaf -> points.
    verified: dict[str, dict[str, float | None]] = field(default_factory=dict)
    #: That table, as it is stored; None where there is none.
    table: dict[str, Any] | None = None
    #: Drawn areas of a household round by code; {} where each answer is its own sampling unit.
    areas: dict[str, Area] = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        return self.definition.languages

    @cached_property
    def cell_number(self) -> dict[str | None, int]:
        """Cells are numbered from 1 in their order."""
        return {cell: number for number, cell in enumerate(self.cells, 1)}

    def unit_key(self, unit_id: int) -> str:
        unit = self.units[unit_id]
        return f"{unit.code}@{unit.valid_from}"


def load(session: Session, slug: str, *, with_excluded: bool = False) -> Source:
    """Gather the facts; ``with_excluded`` takes the run that left no answer out.

    Raises NotFound; Conflict if no answer was sent yet.
    """
    wave = waves.get(session, slug)
    newest = _newest_run(session, wave.id)
    run = _run_of_everybody(session, newest) if with_excluded else newest
    versions = _versions(session, wave.id, wave.questionnaire_id)
    if not versions:
        raise Conflict(
            "Đợt “%(slug)s” chưa có phiếu trả lời nào.", code="microdata.no_answer", slug=slug
        )
    table = _table(session, newest)
    shown = table.table if table else None
    if shown and run is not newest:
        shown = shown.get("with_excluded")
    return Source(
        wave_id=wave.id,
        slug=slug,
        titles=dict(wave.titles),
        organisation=wave.organisation,
        synthetic=wave.synthetic,
        fieldwork=(wave.opens_on, wave.closes_on),
        definition=definitions.of(wave.questionnaire),
        versions=versions,
        variables=codebook.variables(*versions.values()),
        units={unit.id: unit for unit in units.of_wave(session, wave.id)},
        scheme=Scheme.from_toml(wave.scheme.definition),
        run_id=run.id if run else None,
        steps=run.steps if run else [],
        cells=dict(sorted(run.settings["populations"].items())) if run else {},
        excluded=frozenset(
            newest.settings.get("excluded", []) if newest else screening.excluded(session, wave.id)
        ),
        verified=_verified(session, table),
        table=shown,
        areas=_areas(session, wave.id) if SETTING in wave.settings else {},
    )


def rows(session: Session, source: Source, *, by_cell: bool = False) -> Iterator[Any]:
    """Submitted answers of the drawn sample with their weights, in the order of their random keys
    (within cells if asked), read as a stream."""
    query = (
        select(
            Response.id,
            Response.unit_id,
            Response.stratum,
            Response.psu,
            Response.inclusion_probability,
            Response.questionnaire_id,
            Response.answers,
            Response.outcome,
            Response.language,
            Response.channel,
            Response.submitted_on,
            Response.minutes,
            Response.paradata["scales"].as_string().label("scales"),
            ResponseWeight.cell,
            ResponseWeight.base,
            ResponseWeight.nonresponse,
            ResponseWeight.final,
        )
        .outerjoin(ResponseWeight, _weighted(source))
        .where(Response.wave_id == source.wave_id, Response.stream == Stream.PROBABILITY)
    )
    yield from session.execute(
        _ordered(query, by_cell), execution_options={"yield_per": BLOCK, "stream_results": True}
    )


def orders(session: Session, source: Source, *, by_cell: bool = False) -> Iterator[Any]:
    """How options stood for each answer, {question: [option]} or None, in the order of `rows`."""
    query = (
        select(Response.paradata["orders"].as_json())
        .outerjoin(ResponseWeight, _weighted(source))
        .where(Response.wave_id == source.wave_id, Response.stream == Stream.PROBABILITY)
    )
    yield from session.scalars(
        _ordered(query, by_cell), execution_options={"yield_per": BLOCK, "stream_results": True}
    )


def weighted_cells(session: Session, source: Source) -> list[tuple[str, Cell]]:
    """The cells of the run with the weights before post-stratification, in the order of `rows`."""
    found: dict[str, list[float]] = {}
    query = (
        select(ResponseWeight.cell, ResponseWeight.nonresponse)
        .join(Response, Response.id == ResponseWeight.response_id)
        .where(ResponseWeight.run_id == source.run_id)
    )
    for cell, weight in session.execute(
        _ordered(query, True), execution_options={"yield_per": BLOCK, "stream_results": True}
    ):
        found.setdefault(cell, []).append(weight)
    return [(name, Cell(np.array(weights), source.cells[name])) for name, weights in found.items()]


def _weighted(source: Source) -> ColumnElement[bool]:
    """The weight of an answer in the run of this export."""
    return and_(
        ResponseWeight.response_id == Response.id, ResponseWeight.run_id == (source.run_id or 0)
    )


def is_respondent(outcome: str) -> bool:
    return outcome in RESPONDED


def _ordered(query: Select, by_cell: bool) -> Select:
    """Rows without a weight come last.  Both queries meet the same rows in the same order."""
    if not by_cell:
        return query.order_by(Response.id)
    return query.order_by(ResponseWeight.cell.nulls_last(), Response.id)


def _newest_run(session: Session, wave_id: int) -> WeighRun | None:
    return session.scalars(
        select(WeighRun).where(WeighRun.wave_id == wave_id).order_by(WeighRun.id.desc()).limit(1)
    ).one_or_none()


def _run_of_everybody(session: Session, newest: WeighRun | None) -> WeighRun | None:
    """The run without exclusions that was made beside the newest one."""
    number = newest.settings.get("with_excluded") if newest else None
    return session.get(WeighRun, number) if number else newest


def _areas(session: Session, wave_id: int) -> dict[str, Area]:
    drawn = households.issued_by_area(session, wave_id)
    return {
        area.code: Area(number, area.probability, area.share)
        for number, area in enumerate(drawn, 1)
    }


def _versions(session: Session, wave_id: int, own: int) -> dict[int, Definition]:
    answered = session.scalars(
        select(Questionnaire)
        .where(
            Questionnaire.id.in_(
                select(Response.questionnaire_id).where(Response.wave_id == wave_id).distinct()
            )
        )
        .order_by(Questionnaire.id.desc())
    )
    found = {stored.id: definitions.of(stored) for stored in answered}
    return dict(sorted(found.items(), key=lambda item: (item[0] != own, -item[0])))


def _table(session: Session, run: WeighRun | None) -> IndexRun | None:
    if run is None:
        return None
    return session.scalars(
        select(IndexRun)
        .where(IndexRun.weigh_run_id == run.id)
        .order_by(IndexRun.id.desc())
        .limit(1)
    ).one_or_none()


def _verified(session: Session, table: IndexRun | None) -> dict[str, dict[str, float | None]]:
    if table is None or table.verified_set_id is None:
        return {}
    found: dict[str, dict[str, float | None]] = {}
    query = (
        select(Unit.code, Unit.valid_from, VerifiedPoint.leaf, VerifiedPoint.points)
        .join(Unit, Unit.id == VerifiedPoint.unit_id)
        .where(VerifiedPoint.set_id == table.verified_set_id)
        .order_by(Unit.code, VerifiedPoint.leaf)
    )
    for code, since, leaf, points in session.execute(query):
        found.setdefault(f"{code}@{since}", {})[leaf] = points
    return found
