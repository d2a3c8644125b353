"""Released tables: frozen, signed, never changed; a correction is a further one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base, UtcDateTime


class IndexRelease(Base):
    """Written once.  ``full_bundle`` holds answers and stays with the auditor."""

    __tablename__ = "index_release"
    __table_args__ = (
        UniqueConstraint("wave_id", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("number = 1 OR reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    number: Mapped[int]
    index_run_id: Mapped[int] = mapped_column(ForeignKey("index_run.id"))
    #: Why there is one after the first.
    reason: Mapped[str]
    manifest: Mapped[dict]
    manifest_sha256: Mapped[str]
    public_key: Mapped[str]
    #: What differs from the release before: inputs, and cells of the table.
    changes: Mapped[dict]
    public_bundle: Mapped[bytes] = mapped_column(deferred=True)
    full_bundle: Mapped[bytes] = mapped_column(deferred=True)
    released_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_by: Mapped[str]
