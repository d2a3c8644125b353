"""Evidence about answers, what a named reviewer decided, and counts that name no answer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.store.base import Base, UtcDateTime
from survey.store.models.unit import Unit


class ScreeningRun(Base):
    """One look at all answers of a wave; a later one takes its place, nothing is deleted."""

    __tablename__ = "screening_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    n_answers: Mapped[int]
    seed: Mapped[int]
    #: False discovery rate and whatever else the rules were set to.
    settings: Mapped[dict]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ScreeningFlag(Base):
    """What a rule found: evidence, ranked, never a verdict."""

    __tablename__ = "screening_flag"
    __table_args__ = (
        CheckConstraint("(p IS NULL) = (q IS NULL)", name="p_and_q"),
        CheckConstraint("p IS NULL OR (p >= 0 AND p <= 1 AND q >= 0 AND q <= 1)", name="chances"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(
        ForeignKey("screening_run.id", ondelete="CASCADE"), index=True
    )
    #: The same finding has the same key in every run: a decision stays with it.
    key: Mapped[str] = mapped_column(index=True)
    rule: Mapped[str]
    version: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    subject: Mapped[str]
    p: Mapped[float | None]
    q: Mapped[float | None]
    strength: Mapped[float]
    n_answers: Mapped[int]
    facts: Mapped[dict]
    unit: Mapped[Unit] = relationship()


class FlagAnswer(Base):
    """An answer that a flag concerns."""

    __tablename__ = "screening_flag_answer"

    flag_id: Mapped[int] = mapped_column(
        ForeignKey("screening_flag.id", ondelete="CASCADE"), primary_key=True
    )
    response_id: Mapped[str] = mapped_column(
        ForeignKey("response.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ScreeningDecision(Base):
    """A named reviewer's decision with its reason.  Appended, never changed."""

    __tablename__ = "screening_decision"
    __table_args__ = (
        CheckConstraint("verdict IN ('keep', 'exclude')", name="verdict"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("\"by\" <> ''", name="named"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    key: Mapped[str] = mapped_column(index=True)
    #: The evidence as the reviewer saw it: rule, version, unit, chances, facts.
    evidence: Mapped[dict]
    verdict: Mapped[str]
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DecisionAnswer(Base):
    """An answer that a decision names.  No foreign key: a withdrawn answer is gone, the line stays.

    What stays of it is a random number that leads nowhere.
    """

    __tablename__ = "screening_decision_answer"

    decision_id: Mapped[int] = mapped_column(ForeignKey("screening_decision.id"), primary_key=True)
    response_id: Mapped[str] = mapped_column(primary_key=True, index=True)


class ParadataCount(Base):
    """How many sheets of a unit: arrivals by ten minutes, times by section, devices, languages.

    A count names no answer and no case.
    """

    __tablename__ = "paradata_count"
    __table_args__ = (CheckConstraint("n > 0", name="positive"),)

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    #: arrival, device, language, entry, attempts, or section:<name>.
    kind: Mapped[str] = mapped_column(primary_key=True)
    #: ISO day of arrivals, else "".
    day: Mapped[str] = mapped_column(primary_key=True, server_default=text("''"))
    label: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]


class DailySalt(Base):
    """The key of one day's device labels; deleted with the day, so that nobody makes them again."""

    __tablename__ = "daily_salt"

    day: Mapped[date] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
