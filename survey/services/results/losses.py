"""Where each unit lost its points, by area, and what goes with overall satisfaction."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from survey.render.csv_file import SYNTHETIC
from survey.render.figures import importance
from survey.render.figures.importance import Point
from survey.render.numbers import MISSING, number, percent
from survey.render.table import ResultTable
from survey.services.report import content
from survey.services.results import results

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LossCell:
    """``lost`` of ``maximum``; ``worst``: most of what this unit lost; ``alerted``: by a rule."""

    area: str
    lost: float
    maximum: float
    worst: bool
    alerted: bool


@dataclass(frozen=True, slots=True)
class LossRow:
    name: str
    unit_code: str
    valid_from: date
    index_percent: float
    total_lost: float
    cells: Mapping[str, LossCell]


@dataclass(frozen=True, slots=True)
class LossPage:
    areas: tuple[tuple[str, Text], ...]
    rows: tuple[LossRow, ...]
    n_hidden: int
    points: tuple[Point, ...]
    figure: str | None


def page(session: Session, slug: str, language: str) -> LossPage | None:
    """Losses of the shown table; None where there is no table.  Raises NotFound."""
    table = results.table(session, slug, include_private=True)
    if table is None:
        return None
    points = content.load(session, slug).points
    return LossPage(
        areas=tuple((area.id, area.title) for area in table.areas),
        rows=tuple(rows(table)),
        n_hidden=sum(not row.areas for row in table.rows),
        points=points,
        figure=importance.svg(list(points), table.level, language),
    )


def rows(table: ResultTable) -> list[LossRow]:
    """Units with points by area, those that lost most first."""
    found = []
    for row in table.rows:
        if not row.areas:
            continue
        alerted = {alert.code.removeprefix("area.") for alert in row.alerts}
        lost = {score.id: score.max_points - score.points for score in row.areas}
        most = max(lost.values())
        found.append(
            LossRow(
                name=row.name,
                unit_code=row.unit_code,
                valid_from=row.valid_from,
                index_percent=row.index_percent,
                total_lost=sum(lost.values()),
                cells={
                    score.id: LossCell(
                        score.id, lost[score.id], score.max_points,
                        most > 0 and lost[score.id] == most, score.id in alerted,
                    )
                    for score in row.areas
                },
            )
        )  # fmt: skip
    found.sort(key=lambda row: (-row.total_lost, row.unit_code))
    return found


def csv_of(session: Session, slug: str, language: str) -> bytes | None:
    """One line a unit and area."""
    table = results.table(session, slug, include_private=True)
    if table is None:
        return None
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["run_id", "data", "unit_code", "name", "area", "lost", "maximum", "alert"])
    origin = SYNTHETIC[language] if table.synthetic else ""
    for row in rows(table):
        for cell in row.cells.values():
            figures = (format(cell.lost, ".10g"), format(cell.maximum, ".10g"), int(cell.alerted))
            writer.writerow([table.run_id, origin, row.unit_code, row.name, cell.area, *figures])
    return out.getvalue().encode("utf-8-sig")


def driver_cells(point: Point, language: str) -> dict[str, Any]:
    """A key driver as the page shows it."""
    low, high = (number(end, 2, language) for end in (point.importance_low, point.importance_high))
    slope = MISSING
    if point.beta is not None:
        slope = f"{number(point.beta, 2, language)} ± {number(point.beta_se, 2, language)}"
    return {
        "performance": percent(point.performance, 1, language),
        "importance": number(point.importance, 2, language),
        "interval": f"{low} … {high}",
        "slope": slope,
    }
