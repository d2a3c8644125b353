"""Messages from the office to enumerators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from survey.domain.text import clean_line
from survey.errors import InvalidInput, NotFound
from survey.store import audit, waves
from survey.store.models import (
    Case,
    CaseAssignment,
    FieldMessage,
    FieldMessageRead,
    User,
    Wave,
)

#: Longest message.
MOST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Told:
    """A message as the enumerator sees it."""

    id: int
    text: str
    sent_by: str
    sent_at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as the office sees it; ``to`` is empty where all of the wave were told."""

    to: str
    text: str
    sent_by: str
    sent_at: datetime
    readers: tuple[str, ...]


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


def of(session: Session, account_id: int, *, most: int = 20) -> list[Told]:
    """Newest first: to this enumerator, or to all of an open wave in which he has a case."""
    query = _for(account_id).order_by(FieldMessage.id.desc()).limit(most)
    return [
        Told(each.id, each.text, each.sent_by, each.sent_at, read_at is not None)
        for each, read_at in session.execute(query)
    ]


def read(session: Session, account_id: int, message_id: int, *, now: datetime) -> None:
    """An enumerator has read a message; once said, it stays.  Raises NotFound: not for him."""
    found = session.execute(_for(account_id).where(FieldMessage.id == message_id)).one_or_none()
    if found is None:
        raise NotFound("Không có lời nhắn này.", code="message.not_found")
    if found.read_at is None:
        session.add(FieldMessageRead(message_id=message_id, account_id=account_id, read_at=now))
        session.flush()


def of_wave(session: Session, slug: str, *, most: int = 20) -> list[Sent]:
    """What was sent in a wave, newest first.  Raises NotFound."""
    wave = waves.get(session, slug)
    query = select(FieldMessage).where(FieldMessage.wave_id == wave.id)
    found = list(session.scalars(query.order_by(FieldMessage.id.desc()).limit(most)))
    readers: dict[int, list[str]] = {}
    query = (
        select(FieldMessageRead.message_id, User.name)
        .join(User, User.id == FieldMessageRead.account_id)
        .where(FieldMessageRead.message_id.in_([each.id for each in found]))
        .order_by(User.name)
    )
    for message_id, name in session.execute(query):
        readers.setdefault(message_id, []).append(name)
    return [
        Sent(
            each.account.name if each.account else "", each.text, each.sent_by, each.sent_at,
            tuple(readers.get(each.id, ())),
        )
        for each in found
    ]  # fmt: skip


def _for(account_id: int) -> Select:
    """Messages to an enumerator, each with the moment when it was read."""
    own = (
        select(Case.wave_id)
        .join(CaseAssignment, CaseAssignment.case_id == Case.id)
        .where(CaseAssignment.account_id == account_id)
    )
    is_read = (FieldMessageRead.message_id == FieldMessage.id) & (
        FieldMessageRead.account_id == account_id
    )
    return (
        select(FieldMessage, FieldMessageRead.read_at)
        .join(Wave, Wave.id == FieldMessage.wave_id)
        .join(FieldMessageRead, is_read, isouter=True)
        .where(
            Wave.state != "closed",
            (FieldMessage.account_id == account_id)
            | (FieldMessage.account_id.is_(None) & FieldMessage.wave_id.in_(own)),
        )
    )
