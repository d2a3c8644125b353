"""What is published so that an answer can be found again, and what was withdrawn."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base


class Seal(Base):
    """The answers that came since the one before, fixed.  Written once."""

    __tablename__ = "seal"
    __table_args__ = (CheckConstraint("n > 0", name="not_empty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    sealed_on: Mapped[date]
    n: Mapped[int]
    #: Merkle root of the leaves (survey.domain.seal).
    root: Mapped[bytes]


class SealedLeaf(Base):
    """The hash of one sealed answer.  It stays when the answer is withdrawn."""

    __tablename__ = "sealed_leaf"
    __table_args__ = ({"sqlite_with_rowid": False},)

    leaf: Mapped[bytes] = mapped_column(primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"), index=True)


class Withdrawal(Base):
    """What is left of an answer that was taken back: that there was one, and its receipt."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        CheckConstraint("stream IN ('probability', 'open')", name="stream"),
        {"sqlite_with_rowid": False},
    )

    receipt_digest: Mapped[bytes] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    stratum: Mapped[str]
    stream: Mapped[str]
    withdrawn_on: Mapped[date]
