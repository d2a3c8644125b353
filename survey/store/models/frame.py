"""The sampling frame: dossiers whose result was returned, and apart from them, contacts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base, UtcDateTime


class Frame(Base):
    __tablename__ = "frame"
    __table_args__ = (UniqueConstraint("wave_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    name: Mapped[str]
    #: Digest of the file's bytes as they came in.
    sha256: Mapped[str]
    n_dossiers: Mapped[int]
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by: Mapped[str]


class Dossier(Base):
    __tablename__ = "dossier"
    __table_args__ = (
        UniqueConstraint("frame_id", "code"),
        CheckConstraint("returned_on >= received_on", name="dates"),
        CheckConstraint("applicant IN ('person', 'organisation')", name="applicant"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("frame.id"), index=True)
    code: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    field: Mapped[str]
    channel: Mapped[str]
    received_on: Mapped[date]
    due_on: Mapped[date | None]
    returned_on: Mapped[date]
    applicant: Mapped[str]


class Contact(Base):
    """How to reach the applicant: encrypted, apart from the dossier, with a day to delete it."""

    __tablename__ = "contact"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    delete_after: Mapped[date]
