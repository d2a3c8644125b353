"""What units owe after publication, and the log of what was done about it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.store.base import Base, UtcDateTime
from survey.store.models.unit import Unit


class Duty(Base):
    """Written once; its state follows from its log."""

    __tablename__ = "duty"
    __table_args__ = (
        UniqueConstraint("wave_id", "unit_id", "kind", "period"),
        CheckConstraint("kind IN ('remedy', 'breakthrough', 'report')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str]
    #: Of a report: its name, such as "2024-Q1"; else empty.
    period: Mapped[str]
    #: {"vi": …, "en": …}
    title: Mapped[dict]
    #: The alerts of the table that led to it, as texts in both languages.
    reasons: Mapped[list]
    due_on: Mapped[date]
    unit: Mapped[Unit] = relationship()
    events: Mapped[list[DutyEvent]] = relationship(order_by="DutyEvent.id")


class DutyFile(Base):
    """A file that came in, once for each content."""

    __tablename__ = "duty_file"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)


class DutyEvent(Base):
    """One line of a duty's log.  Appended, never changed."""

    __tablename__ = "duty_event"
    __table_args__ = (
        CheckConstraint(
            "action IN ('opened', 'reminded', 'extended', 'submitted', 'returned', 'accepted', "
            "'progressed', 'completed', 'lifted')",
            name="action",
        ),
        CheckConstraint("\"by\" <> ''", name="named"),
        CheckConstraint("(action = 'extended') = (due_on IS NOT NULL)", name="extension"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"), index=True)
    action: Mapped[str]
    note: Mapped[str]
    #: Who acted for the unit: name and office.
    person: Mapped[str]
    #: Of an extension: the new day.
    due_on: Mapped[date | None]
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("duty_file.sha256"))
    file_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str]
