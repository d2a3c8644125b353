"""The sampling frame: dossiers whose result was returned, and apart from them, contacts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
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
    #: Digest of what was stored, whatever the order of the rows or the kind of file.
    content_sha256: Mapped[str] = mapped_column(server_default=text("''"))
    #: Rows of the file, and those of them that count.
    n_rows: Mapped[int] = mapped_column(server_default=text("0"))
    n_dossiers: Mapped[int]
    #: The layout under which the file was read.
    layout: Mapped[dict] = mapped_column(server_default=text("'{}'"))
    #: The rule, and how many rows it left out for which reason.
    eligibility: Mapped[dict] = mapped_column(server_default=text("'{}'"))
    #: The report of survey.services.frames.quality.
    quality: Mapped[dict] = mapped_column(server_default=text("'{}'"))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by: Mapped[str]


class Dossier(Base):
    __tablename__ = "dossier"
    __table_args__ = (
        UniqueConstraint("frame_id", "code"),
        CheckConstraint("returned_on >= received_on", name="dates"),
        CheckConstraint("applicant IN ('person', 'organisation')", name="applicant"),
        Index(
            "ix_dossier_person",
            "frame_id",
            "person",
            sqlite_where=text("person IS NOT NULL"),
            postgresql_where=text("person IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("frame.id"))
    code: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    field: Mapped[str]
    channel: Mapped[str]
    received_on: Mapped[date]
    due_on: Mapped[date | None]
    returned_on: Mapped[date]
    applicant: Mapped[str]
    #: Dossiers of one frame with the same number belong to one person; NULL: no other is known.
    #: The number says nothing about the person.
    person: Mapped[int | None]


class Contact(Base):
    """How to reach the applicant: encrypted, apart from the dossier, with a day to delete it."""

    __tablename__ = "contact"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    delete_after: Mapped[date]


class FrameLayout(Base):
    """How a province's file is read, saved by name; the newest of a name is the one in use."""

    __tablename__ = "frame_layout"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str]
    definition: Mapped[dict]
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str]


class FrameUpload(Base):
    """A file on its way to become a frame.  It holds personal data and goes when it is loaded."""

    __tablename__ = "frame_upload"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'checked', 'faulty', 'loaded')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    name: Mapped[str]
    #: Name of the file in the folder for uploads; empty once it is deleted.
    stored_as: Mapped[str]
    n_bytes: Mapped[int] = mapped_column(BigInteger)
    layout: Mapped[dict]
    state: Mapped[str]
    #: What the last check found.
    report: Mapped[dict]
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by: Mapped[str]
    delete_after: Mapped[datetime] = mapped_column(UtcDateTime)
