"""What a unit's own account may see: its waves, its claims, its result, what it owes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from survey.domain import appraisal, duty
from survey.domain.calendar import local_day
from survey.errors import NotFound
from survey.render.table import ResultRow
from survey.services.appraisal import reading
from survey.services.appraisal.reading import UnitView
from survey.services.follow_up import duties
from survey.services.follow_up.duties import DutyView
from survey.services.results import losses, results
from survey.services.results.losses import LossRow
from survey.store import waves
from survey.store.models import AppraisalDeadline, Unit, Wave

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnResult:
    """The unit's row of the published table; ``lost`` is None where its areas are withheld."""

    row: ResultRow
    lost: LossRow | None
    areas: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class OwnWave:
    slug: str
    titles: Text
    synthetic: bool
    days: AppraisalDeadline | None
    #: Whether claims are taken today.
    may_claim: bool
    claims: UnitView
    duties: tuple[DutyView, ...]
    #: None until the table is public.
    result: OwnResult | None

    @property
    def n_waiting(self) -> int:
        return sum(duty.is_waiting(each.state) for each in self.duties)


@dataclass(frozen=True, slots=True)
class OwnUnit:
    id: int
    code: str
    valid_from: date
    name: str


def unit(session: Session, unit_id: int) -> OwnUnit:
    """Raises NotFound."""
    found = session.get(Unit, unit_id)
    if found is None:
        raise NotFound("Không có đơn vị này.", code="unit.not_found")
    return OwnUnit(found.id, found.code, found.valid_from, found.name)


def waves_of(session: Session, unit_id: int, *, now: datetime) -> list[OwnWave]:
    """Waves in which the unit claims points, owes something or reads its result."""
    found = (_wave(session, each, unit_id, now) for each in waves.of_unit(session, unit_id))
    return [each for each in found if _concerns(each)]


def wave(session: Session, slug: str, unit_id: int, *, now: datetime) -> OwnWave:
    """Raises NotFound, for a wave too that does not assess the unit or is not yet its business."""
    stored = waves.get(session, slug)
    if stored.id in {each.id for each in waves.of_unit(session, unit_id)}:
        found = _wave(session, stored, unit_id, now)
        if _concerns(found):
            return found
    raise NotFound("Không có đợt khảo sát “%(slug)s”.", code="wave.not_found", slug=slug)


def _concerns(found: OwnWave) -> bool:
    return bool(found.days or found.duties or found.result)


def _wave(session: Session, stored: Wave, unit_id: int, now: datetime) -> OwnWave:
    days = reading.days(session, stored.id)
    return OwnWave(
        slug=stored.slug,
        titles=stored.titles,
        synthetic=stored.synthetic,
        days=days,
        may_claim=days is not None and not appraisal.is_past(days.claim_by, local_day(now)),
        claims=reading.of_unit(session, stored.slug, unit_id),
        duties=tuple(duties.of_wave(session, stored.slug, now=now, unit_id=unit_id)),
        result=_result(session, stored.slug, session.get_one(Unit, unit_id)),
    )


def _result(session: Session, slug: str, own: Unit) -> OwnResult | None:
    table = results.table(session, slug, include_private=False)
    if table is None:
        return None
    for row in table.rows:
        if (row.unit_code, row.valid_from) == (own.code, own.valid_from):
            lost = losses.rows(replace(table, rows=(row,)))
            return OwnResult(row, lost[0] if lost else None, {a.id: a.title for a in table.areas})
    return None
