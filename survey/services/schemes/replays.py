"""Recomputations under another scheme, as they were kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import NotFound
from survey.store.models import SchemeReplay, Wave

SHOWN = 50


@dataclass(frozen=True, slots=True)
class ReplayView:
    id: int
    wave: str
    wave_titles: Mapping[str, str]
    synthetic: bool
    scheme_id: int
    result: Mapping[str, Any]
    made_at: datetime
    made_by: str


def listed(session: Session) -> list[ReplayView]:
    """The newest first."""
    rows = session.execute(_rows().order_by(SchemeReplay.id.desc()).limit(SHOWN))
    return [_view(*row) for row in rows]


def get(session: Session, number: int) -> ReplayView:
    """Raises NotFound."""
    row = session.execute(_rows().where(SchemeReplay.id == number)).one_or_none()
    if row is None:
        raise NotFound("Không có lần tính thử số %(n)s.", code="replay.not_found", n=number)
    return _view(*row)


def _rows():
    return select(SchemeReplay, Wave).join(Wave, Wave.id == SchemeReplay.wave_id)


def _view(row: SchemeReplay, wave: Wave) -> ReplayView:
    return ReplayView(
        row.id,
        wave.slug,
        wave.titles,
        wave.synthetic,
        row.scheme_id,
        row.result,
        row.made_at,
        row.made_by,
    )
