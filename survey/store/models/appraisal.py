"""Points that units claim for themselves, with their documents, and what appraisers decided."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base, UtcDateTime


class AppraisalDeadline(Base):
    """Until when units enter and appraisers decide.  The newest line holds."""

    __tablename__ = "appraisal_deadline"
    __table_args__ = (
        CheckConstraint("\"by\" <> ''", name="named"),
        CheckConstraint("decide_by >= claim_by", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    claim_by: Mapped[date]
    decide_by: Mapped[date]
    #: Of a later line: why the days were moved.
    note: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str]


class PointEvent(Base):
    """One line of the log of an item of a unit.  Appended, never changed."""

    __tablename__ = "point_event"
    __table_args__ = (
        CheckConstraint(
            "action IN ('claimed', 'stated', 'evidenced', 'accepted', 'changed', 'rejected')",
            name="action",
        ),
        CheckConstraint("\"by\" <> ''", name="named"),
        CheckConstraint("action NOT IN ('changed', 'rejected') OR note <> ''", name="reason"),
        CheckConstraint("action <> 'evidenced' OR file_sha256 IS NOT NULL", name="file"),
        CheckConstraint("action NOT IN ('claimed', 'evidenced') OR person <> ''", name="person"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    #: What is entered under the wave's scheme; of a stated sum, an area or "total".
    item: Mapped[str]
    action: Mapped[str]
    points: Mapped[float | None]
    note: Mapped[str]
    #: Who answers for it in the unit: name and office.
    person: Mapped[str]
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("duty_file.sha256"))
    file_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str]
