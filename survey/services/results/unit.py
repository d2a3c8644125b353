"""One unit of a table: all its figures, worded for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from survey.render import comparison
from survey.render.columns import PageRow
from survey.render.comparison import ComparisonRow
from survey.render.numbers import MISSING, number, percent
from survey.render.table import ResultTable, Text
from survey.services.results import results, shelf
from survey.services.results import standing as result_standing
from survey.services.results.standing import StandingLine


@dataclass(frozen=True, slots=True)
class PartLine:
    """A concept or an area of the unit, as its page shows it."""

    id: str
    title: Text
    #: Satisfied, or points on the applicable maximum.
    share: str
    points: str
    maximum: str
    alerted: bool


@dataclass(frozen=True, slots=True)
class UnitPage:
    table: ResultTable
    own: PageRow
    #: The same figures with the answers that a reviewer left out; None where none were.
    other: PageRow | None
    titles: dict[str, Text]
    concepts: tuple[PartLine, ...]
    areas: tuple[PartLine, ...]
    #: The unit in the wave before: the row and its cells; None without one.
    before: tuple[ComparisonRow, dict[str, str]] | None
    before_statement: str
    #: Ranks, chances of bands, the model's estimate; None for tables of an earlier version.
    standing: StandingLine | None
    bands: tuple[Text, ...]


def page(session: Session, slug: str, code: str, since: str, language: str) -> UnitPage | None:
    """A unit of the shown table; None where there is no such unit or table.  Raises NotFound.

    Who may see the wave has been asked before.
    """
    shown = results.shown(session, slug)
    if shown is None:
        return None
    run, table = shown
    row = next((r for r in table.rows if r.unit_code == code and str(r.valid_from) == since), None)
    if row is None:
        return None
    own, other = (
        shelf.cells(session, run, which, language).of((row,)).rows[0] for which in (False, True)
    )
    cells = shelf.cells(session, run, False, language)
    content = result_standing.of_run(session, run)
    return UnitPage(
        table=table,
        own=own,
        other=other if shelf.has_excluded(session, run) else None,
        titles={key: column.title for key, column in cells.columns.items()},
        concepts=_concepts(table, own, language),
        areas=_areas(table, own, language),
        before=_before(table, code, row.valid_from, language),
        standing=result_standing.line(row, content, language) if content else None,
        bands=tuple(content["bands"]) if content else (),
        before_statement=comparison.statement(table.before, language) if table.before else "",
    )


def _concepts(table: ResultTable, own: PageRow, language: str) -> tuple[PartLine, ...]:
    scores = {score.id: score for score in own.row.concepts}
    return tuple(
        PartLine(
            concept.id,
            concept.title,
            percent(score.satisfaction, 1, language) if score else MISSING,
            number(score.points, 2, language) if score else MISSING,
            number(concept.max_points, 2, language),
            False,
        )
        for concept in table.concepts
        for score in [scores.get(concept.id)]
    )


def _areas(table: ResultTable, own: PageRow, language: str) -> tuple[PartLine, ...]:
    scores = {score.id: score for score in own.row.areas}
    alerted = {alert.code.removeprefix("area.") for alert in own.row.alerts}
    return tuple(
        PartLine(
            area.id,
            area.title,
            percent(score.points / score.max_points, 1, language) if score else MISSING,
            number(score.points, 2, language) if score else MISSING,
            number(score.max_points, 2, language) if score else MISSING,
            area.id in alerted,
        )
        for area in table.areas
        for score in [scores.get(area.id)]
    )


def _before(
    table: ResultTable, code: str, since: date | None, language: str
) -> tuple[ComparisonRow, dict[str, str]] | None:
    if table.before is None:
        return None
    rows = (r for r in table.before.rows if r.unit_code == code and r.valid_from == since)
    adjusted = table.before.adjusted()
    return next(((row, comparison.cells(row, language, adjusted)) for row in rows), None)
