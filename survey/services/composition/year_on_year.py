"""The wave before, recast on this wave's units, beside this wave's results.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.index import recast
from survey.render.comparison import Comparison, ComparisonRow, Part
from survey.render.table import ResultRow, ResultTable
from survey.services.composition import succession
from survey.services.composition.succession import Shares
from survey.store import units
from survey.store.models import IndexRun, Unit, Wave

Key = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The earlier wave's table, and how its units lie in this wave's."""

    table: ResultTable
    shares: Shares
    old: dict[int, Key]
    new: dict[int, Key]
    names: dict[int, str]
    units_on: date


def load(session: Session, wave: Wave) -> Earlier | None:
    """The newest earlier wave of the same territory that has results; None if there is none."""
    found = succession.earlier_wave(session, wave, IndexRun)
    if found is None:
        return None
    before, shares = found
    run = session.scalars(
        select(IndexRun).where(IndexRun.wave_id == before.id).order_by(IndexRun.id.desc()).limit(1)
    ).one()
    old, new = units.of_wave(session, before.id), units.of_wave(session, wave.id)
    every = session.scalars(select(Unit))
    return Earlier(
        ResultTable.from_dict(run.table),
        shares,
        {unit.id: (unit.code, unit.valid_from) for unit in old},
        {unit.id: (unit.code, unit.valid_from) for unit in new},
        {unit.id: unit.name for unit in every},
        wave.window_to,
    )


def compare(earlier: Earlier | None, rows: list[ResultRow], *, level: float) -> Comparison | None:
    """One row for each of this wave's rows, in their order."""
    if earlier is None:
        return None
    of_key = {(row.unit_code, row.valid_from): row for row in earlier.table.rows}
    old = [unit for unit in earlier.old if earlier.old[unit] in of_key]
    results = [of_key[earlier.old[unit]] for unit in old]
    estimates = np.array([_number(row.satisfaction) for row in results])
    errors = np.array([_number(row.satisfaction_se) for row in results])
    sizes = np.array([float(row.n_population) for row in results])
    new = {key: unit for unit, key in earlier.new.items()}
    columns = [new[row.unit_code, row.valid_from] for row in rows]
    sources = [earlier.shares.sources(unit) or {} for unit in columns]
    parts = np.array([[source.get(unit, 0.0) for source in sources] for unit in old])
    # The samples of different units were drawn apart: their estimates are independent.
    made = recast.recast(
        estimates, np.diag(errors**2), sizes, parts.reshape(len(old), len(columns))
    )
    return Comparison(
        wave_slug=earlier.table.wave_slug,
        wave_title=earlier.table.wave_title,
        run_id=earlier.table.run_id,
        units_on=earlier.units_on,
        level=level,
        rows=tuple(
            _row(earlier, row, unit, float(made.estimate[i]), float(made.se[i]), level)
            for i, (row, unit) in enumerate(zip(rows, columns, strict=True))
        ),
    )


def _row(
    earlier: Earlier, row: ResultRow, unit: int, before: float, se: float, level: float
) -> ComparisonRow:
    parts = _parts(earlier, unit)
    known = {
        "unit_code": row.unit_code,
        "valid_from": row.valid_from,
        "name": row.name,
        "parts": parts,
        "recast": [(p.unit_code, p.valid_from) for p in parts] != [earlier.new[unit]]
        or any(p.share is None or p.share < 1 for p in parts),
        "now": row.satisfaction,
    }
    missing = _missing(parts, row, before)
    if not np.isnan(before):
        known |= {"before": before, "before_se": se}
    if missing:
        return ComparisonRow(**known, missing=missing)
    figures = recast.change(row.satisfaction, row.satisfaction_se, before, se, level=level)
    names = ("difference", "difference_se", "difference_low", "difference_high")
    return ComparisonRow(**known, **dict(zip(names, figures, strict=True)))


def _parts(earlier: Earlier, unit: int) -> tuple[Part, ...]:
    found = []
    for old, (code, since) in earlier.old.items():
        spread = earlier.shares.old[old]
        if unit in spread.shares or unit in spread.unknown:
            share = None if unit in spread.unknown else spread.shares[unit]
            name = earlier.names[old]
            found.append(Part(unit_code=code, valid_from=since, name=name, share=share))
    return tuple(found)


def _missing(parts: tuple[Part, ...], row: ResultRow, before: float) -> str:
    if not parts:
        return "no_unit"
    if any(part.share is None for part in parts):
        return "unknown_share"
    if np.isnan(before):
        return "withheld"
    return "" if row.satisfaction is not None else "withheld_now"


def _number(value: float | None) -> float:
    return np.nan if value is None else value
