"""What a report is made of besides the table, and the reports that were made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base, UtcDateTime


class IndexDrivers(Base):
    """Key drivers of overall satisfaction, of one computed table."""

    __tablename__ = "index_drivers"

    index_run_id: Mapped[int] = mapped_column(ForeignKey("index_run.id"), primary_key=True)
    #: As analysis.index.drivers gives them, with titles; why there are none, else.
    content: Mapped[dict]


class IndexStanding(Base):
    """What the ranking of one computed table is worth: ranks, ties, chances of bands."""

    __tablename__ = "index_standing"

    index_run_id: Mapped[int] = mapped_column(ForeignKey("index_run.id"), primary_key=True)
    #: As survey.services.composition.standing makes it.
    content: Mapped[dict]


class IndexTrace(Base):
    """Where the figures of one unit of one computed table came from, down to counts."""

    __tablename__ = "index_trace"

    index_run_id: Mapped[int] = mapped_column(ForeignKey("index_run.id"), primary_key=True)
    #: ``code@valid_from``, empty for the whole wave; with a plus sign behind it of the table with
    #: the answers that a reviewer left out.
    unit: Mapped[str] = mapped_column(primary_key=True)
    #: As survey.services.composition.tracing makes it.
    content: Mapped[dict]


class UnitBoundary(Base):
    """The outline of a unit: rings of longitude and latitude, WGS 84."""

    __tablename__ = "unit_boundary"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    #: A list of polygons, each a list of rings, each a list of [longitude, latitude].
    polygons: Mapped[list]
    source: Mapped[str]
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    loaded_by: Mapped[str]


class ReportFile(Base):
    """A report as it was made; appended, never changed."""

    __tablename__ = "report_file"
    __table_args__ = (CheckConstraint("kind IN ('docx', 'pdf', 'xlsx')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    index_run_id: Mapped[int] = mapped_column(ForeignKey("index_run.id"))
    kind: Mapped[str]
    #: What stands around the figures: number, place, signer, recipients.
    about: Mapped[dict]
    content: Mapped[bytes] = mapped_column(deferred=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str]
