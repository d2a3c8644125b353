"""What is asked, how it is scored, and the wave in which it happens."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.store.base import Base, UtcDateTime
from survey.store.models.unit import Unit


class Questionnaire(Base):
    """A frozen questionnaire; its canonical text never changes."""

    __tablename__ = "questionnaire"
    __table_args__ = (UniqueConstraint("form_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[str]
    version: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    definition: Mapped[str] = mapped_column(Text)


class Scheme(Base):
    """A scoring scheme, valid from a date."""

    __tablename__ = "scheme"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    valid_from: Mapped[date]
    sha256: Mapped[str] = mapped_column(unique=True)
    definition: Mapped[str] = mapped_column(Text)


class Wave(Base):
    __tablename__ = "wave"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'open', 'closed')", name="state"),
        CheckConstraint("closes_on >= opens_on", name="fieldwork"),
        CheckConstraint("window_to >= window_from", name="window"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    #: {"vi": …, "en": …}
    titles: Mapped[dict]
    #: Who runs the survey and answers for the data, as shown on the consent page.
    organisation: Mapped[str]
    contact: Mapped[str]
    synthetic: Mapped[bool] = mapped_column(default=False)
    #: A dossier belongs to the wave if its result was returned in this window.
    window_from: Mapped[date]
    window_to: Mapped[date]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="planned")
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    scheme_id: Mapped[int] = mapped_column(ForeignKey("scheme.id"))
    #: Recompute after each answer (a demonstration) instead of once after closing.
    live_results: Mapped[bool] = mapped_column(default=False)
    results_public: Mapped[bool] = mapped_column(default=False)
    #: Study settings: minimum cell, smallest n shown, retention in days …
    settings: Mapped[dict]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    questionnaire: Mapped[Questionnaire] = relationship()
    scheme: Mapped[Scheme] = relationship()


class WaveUnit(Base):
    """A unit that the wave assesses."""

    __tablename__ = "wave_unit"

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    unit: Mapped[Unit] = relationship()
