"""Reports of a wave: gathered, laid out, kept as they were made."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.calendar import local_day
from survey.errors import InvalidInput, NotFound
from survey.render.report import About
from survey.services.report import content as report_content
from survey.services.report.content import Material
from survey.store import audit, waves
from survey.store.models import ReportFile

KINDS = ("docx", "pdf", "xlsx")
#: Loaded when a report is made: a page that lists reports needs none of them.
_MAKERS = {
    "docx": ("survey.render.report_docx", "report_docx"),
    "pdf": ("survey.render.report_pdf", "report_pdf"),
    "xlsx": ("survey.render.annex", "annex_xlsx"),
}
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Gathered:
    material: Material
    about: About


@dataclass(frozen=True, slots=True)
class ReportView:
    id: int
    kind: str
    made_at: datetime
    made_by: str
    number: str


def gather(session: Session, slug: str, about: Mapping[str, Any]) -> Gathered:
    """What a report of the wave is made of.  Raises NotFound, Conflict, InvalidInput."""
    return Gathered(
        report_content.load(session, slug), report_content.about_of(session, slug, given(about))
    )


def given(about: Mapping[str, Any]) -> About:
    """What the office says around the figures.  Raises InvalidInput."""
    try:
        return About.from_dict(about)
    except (ValueError, TypeError) as fault:
        raise InvalidInput(
            "Phần thể thức của báo cáo không đọc được: %(fault)s.",
            code="report.bad_about",
            fault=str(fault),
        ) from None


def make(gathered: Gathered, kind: str, *, now: datetime) -> bytes:
    """The file; the same material and day make the same bytes."""
    report = report_content.compose(gathered.material, gathered.about, made_on=local_day(now))
    module, name = _MAKERS[kind]
    return getattr(importlib.import_module(module), name)(report)


def store(
    session: Session,
    slug: str,
    gathered: Gathered,
    made: Mapping[str, bytes],
    *,
    by: str,
    now: datetime,
) -> None:
    """Keep the files as they were made."""
    wave = waves.get(session, slug)
    for kind, content in made.items():
        session.add(
            ReportFile(
                wave_id=wave.id,
                index_run_id=gathered.material.run_id,
                kind=kind,
                about=gathered.about.to_dict(),
                content=content,
                made_at=now,
                made_by=by,
            )
        )
    audit.append(session, "report.made", by=by, at=now, wave=slug, kinds=sorted(made))


def of_wave(session: Session, slug: str) -> list[ReportView]:
    """Reports of a wave, newest first.  Raises NotFound."""
    wave = waves.get(session, slug)
    query = select(ReportFile).where(ReportFile.wave_id == wave.id).order_by(ReportFile.id.desc())
    return [
        ReportView(r.id, r.kind, r.made_at, r.made_by, r.about.get("number", ""))
        for r in session.scalars(query.limit(60))
    ]


def last_about(session: Session, slug: str) -> About:
    """What stood around the last report: next time nobody types it again.  Raises NotFound."""
    wave = waves.get(session, slug)
    query = select(ReportFile).where(ReportFile.wave_id == wave.id).order_by(ReportFile.id.desc())
    last = session.scalars(query.limit(1)).one_or_none()
    return About.from_dict(last.about) if last else report_content.about_of(session, slug, About())


def content(session: Session, slug: str, report_id: int) -> tuple[str, bytes]:
    """Kind and bytes of a stored report.  Raises NotFound."""
    wave = waves.get(session, slug)
    found = session.get(ReportFile, report_id)
    if found is None or found.wave_id != wave.id:
        raise NotFound("Không có báo cáo này.", code="report.not_found")
    return found.kind, found.content
