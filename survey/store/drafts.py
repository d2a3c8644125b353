"""Drafts that go: consent was refused or taken back."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from survey.store.models import Draft


def delete_of_case(session: Session, case_id: int) -> None:
    session.execute(delete(Draft).where(Draft.case_id == case_id))


def delete_of_desk(session: Session, draft_id: str, desk_id: int) -> None:
    session.execute(delete(Draft).where(Draft.id == draft_id, Draft.desk_id == desk_id))
