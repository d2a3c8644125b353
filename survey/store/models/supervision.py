"""Second interviews and messages to enumerators.

What a second interview said is never kept by person: it is compared with the first one when it is
entered, and only the pair of answers is counted.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.store.base import Base, UtcDateTime
from survey.store.models.office import User
from survey.store.models.sample import Case


class BackCheck(Base):
    """A case that was drawn for a second interview; ``account_id`` took the first one."""

    __tablename__ = "back_check"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'not_reached')", name="state"),
        CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name="done_when"),
        UniqueConstraint("case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("survey_case.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    seed: Mapped[str]
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drawn_by: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str] = mapped_column(server_default="")
    account: Mapped[User] = relationship()
    case: Mapped[Case] = relationship()


class BackCheckCount(Base):
    """How often a first and a second answer came together, by enumerator and question."""

    __tablename__ = "back_check_count"
    __table_args__ = (CheckConstraint("n > 0", name="positive"),)

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[str] = mapped_column(primary_key=True)
    second: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]


class FieldMessage(Base):
    """What the office tells an enumerator, or (``account_id`` None) all of a wave."""

    __tablename__ = "field_message"
    __table_args__ = (CheckConstraint("text <> ''", name="text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    text: Mapped[str]
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by: Mapped[str]
    account: Mapped[User | None] = relationship()


class FieldMessageRead(Base):
    """That an enumerator said of a message that it was read."""

    __tablename__ = "field_message_read"

    message_id: Mapped[int] = mapped_column(ForeignKey("field_message.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
