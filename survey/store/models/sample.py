"""The plan, the draw, and each drawn case up to the moment it is answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, case, exists, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

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
    """One drawn dossier.  Once answered it says only that: the answer does not point back.

    Submitting an answer writes nothing in this row.  A row written in the same transaction as an
    answer would carry the transaction's number, and stand in the same order, for whoever reads the
    database's files or its dump.  What is known of the case follows from rows that are gone.
    """

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
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
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
    #: Opened and declined, or reached by an enumerator.
    was_opened: Mapped[bool] = mapped_column("opened", default=False)
    #: What was written down of the case; an answer through its code is not.
    standing: Mapped[str] = mapped_column("disposition", default="3.0")
    dossier: Mapped[Dossier] = relationship()
    unit: Mapped[Unit] = relationship()

    @hybrid_property
    def disposition(self) -> str:
        """AAPOR code: answered once the case waits no more; at work again, whatever was written
        down, while somebody answers; else what was written down."""
        if self.answered:
            return "1.0"
        return "3.0" if self.begun else self.standing

    @disposition.inplace.setter
    def _set_disposition(self, value: str) -> None:
        self.standing = value

    @disposition.inplace.expression
    @classmethod
    def _disposition_sql(cls):
        return case((cls.answered, "1.0"), (cls.begun, "3.0"), else_=cls.standing)

    @hybrid_property
    def opened(self) -> bool:
        """Somebody agreed or declined."""
        return bool(self.was_opened or self.begun or self.answered)

    @opened.inplace.setter
    def _set_opened(self, value: bool) -> None:
        self.was_opened = value

    @opened.inplace.expression
    @classmethod
    def _opened_sql(cls):
        return cls.was_opened | cls.begun | cls.answered


class CaseWaiting(Base):
    """A case whose code has not been used up.  The database adds the row with the case.

    Submitting deletes it: a row that is gone has neither a place nor a time.
    """

    __tablename__ = "case_waiting"
    __table_args__ = ({"sqlite_with_rowid": False},)

    case_id: Mapped[int] = mapped_column(
        ForeignKey("survey_case.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


Case.answered = column_property(
    ~exists().where(CaseWaiting.case_id == Case.id).correlate_except(CaseWaiting)
)


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
