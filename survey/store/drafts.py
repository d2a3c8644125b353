"""Queries about drafts: one round trip brings a draft with all that a page needs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey.store.models import Case, Desk, Draft

_WHOLE = (
    joinedload(Draft.wave),
    joinedload(Draft.questionnaire),
    joinedload(Draft.case).options(joinedload(Case.unit), joinedload(Case.dossier)),
    joinedload(Draft.desk).options(joinedload(Desk.unit), joinedload(Desk.wave)),
)


def get(session: Session, draft_id: str) -> Draft | None:
    query = select(Draft).where(Draft.id == draft_id).options(*_WHOLE)
    return session.scalars(query).one_or_none()


def lock(session: Session, draft_id: str) -> Draft | None:
    """The draft, held until the transaction ends: a second submission waits, then finds none."""
    held = session.scalars(
        select(Draft.id).where(Draft.id == draft_id).with_for_update()
    ).one_or_none()
    return get(session, draft_id) if held is not None else None
