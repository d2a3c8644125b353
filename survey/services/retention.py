"""Delete what must not be kept: contacts and unfinished answers, each on its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.domain.calendar import local_day
from survey.services import exports
from survey.services.frames import uploads
from survey.store import audit
from survey.store.models import Contact, Draft, Wave


@dataclass(frozen=True, slots=True)
class Purged:
    n_contacts: int
    n_drafts: int
    n_files: int


def purge(session: Session, *, by: str, now: datetime, folder: Path | None = None) -> Purged:
    """Delete contacts past their day and drafts of waves whose retention has run out.

    ``folder`` is the instance's: files sent for a frame that nobody loaded and packages of answers
    past their week are deleted as well.
    """
    today = local_day(now)
    contacts = session.execute(delete(Contact).where(Contact.delete_after < today)).rowcount
    over = [
        wave.id
        for wave in session.scalars(select(Wave))
        if wave.closes_on + timedelta(days=wave.settings["retention_days"]) < today
    ]
    drafts = session.execute(delete(Draft).where(Draft.wave_id.in_(over))).rowcount
    files = uploads.purge(session, folder=folder, now=now) if folder else 0
    files += exports.purge(folder, now=now) if folder else 0
    if contacts or drafts or files:
        gone = {"contacts": contacts, "drafts": drafts, "files": files}
        audit.append(session, "data.purged", by=by, at=now, **gone)
    return Purged(contacts, drafts, files)
