"""Messages from the office to enumerators."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.text import clean_line
from survey.errors import InvalidInput, NotFound
from survey.store import audit, waves
from survey.store.models import (
    Case,
    CaseAssignment,
    FieldMessage,
    User,
    Wave,
)

#: Longest message.
MOST_TEXT = 500


def send(session: Session, slug: str, name: str, text: str, *, by: str, now: datetime) -> None:
    """Tell one enumerator, or all (``name`` empty).  Raises NotFound, InvalidInput."""
    wave = waves.get(session, slug)
    text = " ".join(text.split())
    if not text or len(text) > MOST_TEXT:
        raise InvalidInput(
            "Lời nhắn dài từ 1 đến %(most)s ký tự.", code="message.length", most=MOST_TEXT
        )
    account = None
    if name:
        account = session.scalar(select(User).where(User.name == name))
        if account is None:
            raise NotFound("Không có tài khoản “%(name)s”.", code="account.not_found", name=name)
    message = FieldMessage(
        wave_id=wave.id,
        account_id=account.id if account else None,
        text=clean_line(text),
        sent_at=now,
        sent_by=by,
    )
    session.add(message)
    audit.append(session, "field.message", by=by, at=now, wave=slug, account=name)


def of(session: Session, account_id: int, *, most: int = 20) -> list[FieldMessage]:
    """Newest first: to this enumerator, or to all of an open wave in which he has a case."""
    own = (
        select(Case.wave_id)
        .join(CaseAssignment, CaseAssignment.case_id == Case.id)
        .where(CaseAssignment.account_id == account_id)
    )
    query = (
        select(FieldMessage)
        .join(Wave, Wave.id == FieldMessage.wave_id)
        .where(
            Wave.state != "closed",
            (FieldMessage.account_id == account_id)
            | (FieldMessage.account_id.is_(None) & FieldMessage.wave_id.in_(own)),
        )
        .order_by(FieldMessage.id.desc())
        .limit(most)
    )
    return list(session.scalars(query))


def of_wave(session: Session, slug: str, *, most: int = 20) -> list[FieldMessage]:
    """What was sent in a wave, newest first.  Raises NotFound."""
    wave = waves.get(session, slug)
    query = select(FieldMessage).where(FieldMessage.wave_id == wave.id)
    return list(session.scalars(query.order_by(FieldMessage.id.desc()).limit(most)))
