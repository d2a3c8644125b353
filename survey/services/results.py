"""The computed table as pages and files show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.render import caterpillar, workbook
from survey.render.table import ResultTable
from survey.store import waves as wave_store
from survey.store.models import IndexRun, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSummary:
    slug: str
    titles: Mapping[str, str]
    synthetic: bool
    public: bool
    state: str
    computed_at: datetime | None


def waves(session: Session, *, include_private: bool) -> list[WaveSummary]:
    return [
        WaveSummary(
            slug=wave.slug,
            titles=wave.titles,
            synthetic=wave.synthetic,
            public=wave.results_public,
            state=wave.state,
            computed_at=run.created_at if run else None,
        )
        for wave in wave_store.all_newest_first(session)
        if include_private or wave.results_public
        for run in [_latest(session, wave)]
    ]


def table(session: Session, slug: str, *, include_private: bool) -> ResultTable | None:
    """The newest table of a wave; None if there is none yet, or none to show.  Raises NotFound."""
    wave = wave_store.get(session, slug)
    if not (include_private or wave.results_public):
        return None
    run = _latest(session, wave)
    return ResultTable.from_dict(run.table) if run else None


def _latest(session: Session, wave: Wave) -> IndexRun | None:
    return session.scalars(
        select(IndexRun).where(IndexRun.wave_id == wave.id).order_by(IndexRun.id.desc()).limit(1)
    ).one_or_none()
