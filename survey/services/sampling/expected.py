"""What is known before a sample is planned: the frame's counts, and last wave's shares.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.services.composition import year_on_year
from survey.services.sampling.sizes import StratumCount
from survey.store.models import Dossier, Frame, Unit, Wave

#: No share is taken to be more certain than this: last year's 100 % is no promise.
_CERTAIN = 0.95


def counts(session: Session, frame: Frame) -> list[StratumCount]:
    """Dossiers of each unit and field, in the order of their codes."""
    rows = session.execute(
        select(Unit.code, Unit.valid_from, Dossier.field, func.count())
        .join(Unit, Unit.id == Dossier.unit_id)
        .where(Dossier.frame_id == frame.id)
        .group_by(Unit.code, Unit.valid_from, Dossier.field)
        .order_by(Unit.code, Unit.valid_from, Dossier.field)
    )
    return [StratumCount(unit, str(since), field, n) for unit, since, field, n in rows]


def shares(session: Session, wave: Wave) -> dict[str, float]:
    """Satisfied people of each unit in the wave before, recast on this wave's units.

    Units are named code@date; those that nothing is known of are left out.
    """
    earlier = year_on_year.load(session, wave)
    if earlier is None:
        return {}
    before = {(row.unit_code, row.valid_from): row for row in earlier.table.rows}
    found = {}
    for unit, (code, since) in earlier.new.items():
        total = weight = 0.0
        for old, part in (earlier.shares.sources(unit) or {}).items():
            row = before.get(earlier.old[old])
            if row is not None and row.satisfaction is not None:
                total += part * row.n_population * row.satisfaction
                weight += part * row.n_population
        if weight:
            found[f"{code}@{since}"] = round(min(max(total / weight, 1 - _CERTAIN), _CERTAIN), 4)
    return found
