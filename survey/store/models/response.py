"""Answers: drafts that still belong to somebody, and submitted ones that no longer do."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, exists, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from survey.store.base import Base, UtcDateTime
from survey.store.models.sample import Case
from survey.store.models.study import Questionnaire, Wave
from survey.store.models.unit import Unit


class Desk(Base):
    """A one-stop desk with a poster; its code opens the stream for whoever scans it."""

    __tablename__ = "desk"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    code: Mapped[str] = mapped_column(unique=True)
    wave: Mapped[Wave] = relationship()
    unit: Mapped[Unit] = relationship()


class Draft(Base):
    """Answers on their way.  Deleted in the transaction that submits them."""

    __tablename__ = "draft"
    __table_args__ = (CheckConstraint("(case_id IS NULL) <> (desk_id IS NULL)", name="one_origin"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("survey_case.id"), unique=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"))
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    answers: Mapped[dict]
    language: Mapped[str]
    #: Sections that were sent at least once, in the order they were first sent.
    visited: Mapped[list]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wave: Mapped[Wave] = relationship()
    case: Mapped[Case | None] = relationship()
    desk: Mapped[Desk | None] = relationship()
    questionnaire: Mapped[Questionnaire] = relationship()


#: Somebody has agreed and not yet sent.
Case.begun = column_property(exists().where(Draft.case_id == Case.id).correlate_except(Draft))


class Response(Base):
    """A submitted answer.  It keeps what weighting needs and nothing that leads back.

    The key is random, the table is stored in key order, and the time is the day: neither
    order nor clock can be matched with the cases.
    """

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint("stream IN ('probability', 'open')", name="stream"),
        CheckConstraint(
            "(stream = 'probability') = (inclusion_probability IS NOT NULL)", name="probability"
        ),
        CheckConstraint("channel IN ('web', 'enumerator', 'paper')", name="channel"),
        CheckConstraint("outcome IN ('1.1', '1.2', '2.12', '4.0')", name="outcome"),
        Index("ix_response_wave_stream", "wave_id", "stream"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    stream: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    stratum: Mapped[str]
    inclusion_probability: Mapped[float | None]
    #: Area of a household round: the primary sampling unit.  NULL where each case is its own.
    psu: Mapped[str | None]
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    answers: Mapped[dict]
    outcome: Mapped[str]
    language: Mapped[str]
    submitted_on: Mapped[date]
    #: Whole minutes from consent to submission.
    minutes: Mapped[int]
    flags: Mapped[list]
    #: How it was filled in, as coarsely as survey.domain.paradata says.
    paradata: Mapped[dict] = mapped_column(default=dict, server_default=text("'{}'"))
    receipt_digest: Mapped[bytes] = mapped_column(unique=True)
    #: How it reached us (survey.domain.intake.Channel).
    channel: Mapped[str] = mapped_column(server_default="web")
