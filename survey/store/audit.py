"""The record of who did what.  Lines are appended; the database refuses anything else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from survey.store.models import AuditEvent


def append(
    session: Session, action: str, *, by: str, at: datetime, wave: str = "", **facts: object
) -> None:
    session.add(AuditEvent(at=at, by=by, action=action, wave=wave, facts=facts))
