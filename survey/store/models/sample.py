"""The plan, the draw, and each drawn case up to the moment it is answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.disposition import BY_THE_FIELD, Disposition
from survey.store.base import Base, UtcDateTime
from survey.store.models.frame import Dossier
from survey.store.models.unit import Unit

_STORED = {Disposition.PENDING, Disposition.ANSWERED, Disposition.REFUSAL} | BY_THE_FIELD
_DISPOSITIONS = ", ".join(f"'{code}'" for code in sorted(_STORED))


class SamplePlan(Base):
    __tablename__ = "sample_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    frame_id: Mapped[int] = mapped_column(ForeignKey("frame.id"))
    #: Sizes per stratum, margin, allocation, reserves: all that the draw needs but the seed.
    definition: Mapped[dict]
    sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str]


class SampleDraw(Base):
    __tablename__ = "sample_draw"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("sample_plan.id"), unique=True)
    seed: Mapped[str]
    #: sha256 of the canonical list of drawn units (analysis.sampling.draw.digest).
    digest: Mapped[str]
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drawn_by: Mapped[str]
    plan: Mapped[SamplePlan] = relationship()


class Case(Base):
    """One drawn dossier.  Once answered it says only that: the answer does not point back."""

    __tablename__ = "survey_case"
    __table_args__ = (
        UniqueConstraint("draw_id", "dossier_id"),
        CheckConstraint(
            "inclusion_probability > 0 AND inclusion_probability <= 1", name="probability"
        ),
        CheckConstraint("role IN ('main', 'reserve')", name="role"),
        CheckConstraint(f"disposition IN ({_DISPOSITIONS})", name="disposition"),
        CheckConstraint("disposition <> '1.0' OR opened", name="answered_is_opened"),
        Index("ix_survey_case_wave_unit", "wave_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    draw_id: Mapped[int] = mapped_column(ForeignKey("sample_draw.id"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    #: Service field: with the unit it is the stratum.
    stratum: Mapped[str]
    role: Mapped[str]
    #: Position in the stratum's fixed order; reserves are released in this order.
    rank: Mapped[int]
    #: First-order inclusion probability of the draw.  Set once, never updated.
    inclusion_probability: Mapped[float]
    #: Main cases are in the field from the draw on, a reserve case once it is released.
    issued: Mapped[bool]
    opened: Mapped[bool] = mapped_column(default=False)
    disposition: Mapped[str] = mapped_column(default="3.0")
    dossier: Mapped[Dossier] = relationship()
    unit: Mapped[Unit] = relationship()


class AccessCode(Base):
    """A one-time code that opens a case.  Only its keyed digest is kept."""

    __tablename__ = "access_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("survey_case.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    case: Mapped[Case] = relationship()


class CaseEvent(Base):
    """One line of a case's record.  Appended, never changed; opening and answering leave none."""

    __tablename__ = "case_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("survey_case.id"), index=True)
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(server_default=text("''"))
    note: Mapped[str] = mapped_column(server_default=text("''"))
