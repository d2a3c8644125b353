"""What was computed from the answers, with all that is needed to compute it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base, UtcDateTime


class WeighRun(Base):
    __tablename__ = "weigh_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    settings: Mapped[dict]
    #: One entry a step: its name, what it did, its diagnostics.
    steps: Mapped[list]
    n_responses: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ResponseWeight(Base):
    __tablename__ = "response_weight"
    __table_args__ = (
        CheckConstraint("base > 0 AND nonresponse > 0 AND final > 0", name="positive"),
    )

    run_id: Mapped[int] = mapped_column(
        ForeignKey("weigh_run.id", ondelete="CASCADE"), primary_key=True
    )
    response_id: Mapped[str] = mapped_column(
        ForeignKey("response.id", ondelete="CASCADE"), primary_key=True
    )
    #: Weighting class, post-stratum and variance stratum at once.
    cell: Mapped[str]
    #: Primary sampling unit within the cell; NULL where each answer is its own.
    psu: Mapped[str | None]
    base: Mapped[float]
    nonresponse: Mapped[float]
    final: Mapped[float]


class VerifiedSet(Base):
    """One import of verified (appraised) points."""

    __tablename__ = "verified_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    name: Mapped[str]
    sha256: Mapped[str]
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by: Mapped[str]


class VerifiedPoint(Base):
    __tablename__ = "verified_point"

    set_id: Mapped[int] = mapped_column(ForeignKey("verified_set.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    #: Identifier of the sub-criterion in the scheme.
    leaf: Mapped[str] = mapped_column(primary_key=True)
    #: NULL: the sub-criterion does not apply to the unit and leaves the denominator.
    points: Mapped[float | None]


class IndexRun(Base):
    __tablename__ = "index_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    weigh_run_id: Mapped[int] = mapped_column(ForeignKey("weigh_run.id"))
    scheme_id: Mapped[int] = mapped_column(ForeignKey("scheme.id"))
    verified_set_id: Mapped[int | None] = mapped_column(ForeignKey("verified_set.id"))
    #: The result table, as survey.render.table reads it; large, so read where it is asked for.
    table: Mapped[dict] = mapped_column(deferred=True)
    #: Behind the table: SQLite walks through all of it to get here.
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, deferred=True)
