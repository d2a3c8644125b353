"""One unit of a table: all its figures, worded for its page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.render import comparison
from survey.render.columns import PageRow
from survey.render.comparison import ComparisonRow
from survey.render.numbers import MISSING, number, percent
from survey.render.table import ResultRow, ResultTable, Text
from survey.services.results import results, shelf
from survey.services.results import standing as result_standing
from survey.services.results.standing import StandingLine
from survey.store.models import IndexRun


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
    #: The unit in the wave before: the row, its cells, what must be said; None without one.
    before: tuple[ComparisonRow, dict[str, str], str] | None
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
    row = shelf.rows(session, run, False).find(code, since)
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
        before=before(session, run, table, row, language),
        standing=result_standing.line(row, content, language) if content else None,
        bands=tuple(content["bands"]) if content else (),
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


def before(
    session: Session, run: IndexRun, table: ResultTable, row: ResultRow, language: str
) -> tuple[ComparisonRow, dict[str, str], str] | None:
    """A unit in the wave before: the row, its cells, what must be said first; None without one."""
    found = table.before
    if found is None:
        return None
    of_key, adjusted = shelf.compared(session, run, found)
    own = of_key.get((row.unit_code, row.valid_from))
    if own is None:
        return None
    words = comparison.statement(found, language)
    return own, comparison.cells(own, language, adjusted), words
