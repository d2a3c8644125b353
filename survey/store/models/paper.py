"""Paper forms that were printed, each with a number of its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base, UtcDateTime


class PaperForm(Base):
    """One printed copy of a questionnaire; its number says nothing of whoever fills it in."""

    __tablename__ = "paper_form"
    __table_args__ = (
        UniqueConstraint("wave_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 999999", name="number"),
        CheckConstraint("state IN ('printed', 'entered', 'void')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    #: Printed with a check digit (survey.domain.paper).
    number: Mapped[int]
    #: The version that was printed: answers are read by it.
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    language: Mapped[str]
    #: NULL: the form names no unit.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    printed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    printed_by: Mapped[str]
    state: Mapped[str] = mapped_column(default="printed")
