"""Delete what must not be kept: contacts and unfinished answers, each on its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.domain.calendar import local_day
from survey.store import audit
from survey.store.models import Contact, Draft, Wave


@dataclass(frozen=True, slots=True)
class Purged:
    n_contacts: int
    n_drafts: int


def purge(session: Session, *, by: str, now: datetime) -> Purged:
    """Delete contacts past their day and drafts of waves whose retention has run out."""
    today = local_day(now)
    contacts = session.execute(delete(Contact).where(Contact.delete_after < today)).rowcount
    over = [
        wave.id
        for wave in session.scalars(select(Wave))
        if wave.closes_on + timedelta(days=wave.settings["retention_days"]) < today
    ]
    drafts = session.execute(delete(Draft).where(Draft.wave_id.in_(over))).rowcount
    if contacts or drafts:
        audit.append(session, "data.purged", by=by, at=now, contacts=contacts, drafts=drafts)
    return Purged(contacts, drafts)
