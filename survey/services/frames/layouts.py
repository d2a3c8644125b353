"""Layouts that were saved by name: what worked this year is there next year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.frame_layout import Layout
from survey.errors import NotFound
from survey.store import audit
from survey.store.models import FrameLayout


@dataclass(frozen=True, slots=True)
class Saved:
    layout: Layout
    sha256: str
    saved_at: datetime
    saved_by: str


def save(session: Session, layout: Layout, *, by: str, now: datetime) -> Saved:
    """Keep a layout under its name; an older one of that name stays on record."""
    newest = _newest(session, layout.name)
    if newest is None or newest.sha256 != layout.sha256:
        newest = FrameLayout(
            name=layout.name,
            sha256=layout.sha256,
            definition=layout.to_dict(),
            saved_at=now,
            saved_by=by,
        )
        session.add(newest)
        session.flush()
        audit.append(
            session, "layout.saved", by=by, at=now, wave="", name=layout.name, sha256=layout.sha256
        )
    return _view(newest)


def get(session: Session, name: str) -> Layout:
    """The newest layout of that name.  Raises NotFound."""
    found = _newest(session, name)
    if found is None:
        raise NotFound(
            "Không có bảng ghép cột “%(name)s”.",
            code="layout.not_found",
            hint="Đã lưu: %(known)s",
            name=name,
            known=", ".join(each.layout.name for each in every(session)) or "–",
        )
    return _view(found).layout


def every(session: Session) -> list[Saved]:
    """The newest of each name, by name."""
    newest = select(func.max(FrameLayout.id)).group_by(FrameLayout.name)
    rows = session.scalars(
        select(FrameLayout).where(FrameLayout.id.in_(newest)).order_by(FrameLayout.name)
    )
    return [_view(row) for row in rows]


def _newest(session: Session, name: str) -> FrameLayout | None:
    return session.scalars(
        select(FrameLayout).where(FrameLayout.name == name).order_by(FrameLayout.id.desc()).limit(1)
    ).one_or_none()


def _view(row: FrameLayout) -> Saved:
    return Saved(Layout.from_dict(row.definition), row.sha256, row.saved_at, row.saved_by)
