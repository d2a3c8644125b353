"""Dossiers of a frame returned early, on the day, late, or in no class; by unit and in all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from survey.domain.collation import sort_key
from survey.domain.timeliness import Counted, Timeliness
from survey.store import waves
from survey.store.models import Dossier, Unit


@dataclass(frozen=True, slots=True)
class UnitTimes:
    code: str
    name: str
    counted: Counted


def of(session: Session, slug: str) -> list[UnitTimes]:
    """One line a unit with dossiers, and last all of them.  Raises NotFound; without a frame: []"""
    frame = waves.frame_of(session, waves.get(session, slug).id)
    if frame is None:
        return []
    kind = case(
        (Dossier.due_on.is_(None), Timeliness.UNCLASSIFIED),
        (Dossier.returned_on < Dossier.due_on, Timeliness.EARLY),
        (Dossier.returned_on == Dossier.due_on, Timeliness.ON_TIME),
        else_=Timeliness.LATE,
    ).label("kind")
    rows = session.execute(
        select(Unit.id, Unit.code, Unit.name, kind, func.count())
        .join(Unit, Unit.id == Dossier.unit_id)
        .where(Dossier.frame_id == frame.id)
        .group_by(Unit.id, Unit.code, Unit.name, kind)
    ).all()
    found = [
        UnitTimes(code, name, _counted((k, n) for i, *_, k, n in rows if i == unit))
        for unit, code, name in {tuple(row[:3]) for row in rows}
    ]
    found.sort(key=lambda each: sort_key(each.name))
    return [*found, UnitTimes("", "", _counted((k, n) for *_, k, n in rows))] if found else []


def _counted(pairs: Iterable[tuple[str, int]]) -> Counted:
    counts = dict.fromkeys(Timeliness, 0)
    for kind, n in pairs:
        counts[Timeliness(kind)] += n
    return Counted(counts)
