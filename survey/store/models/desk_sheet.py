"""Quarterly sheets of the evaluation at the one-stop desk (TT 01/2018/TT-VPCP)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base, UtcDateTime


class DeskSheet(Base):
    """One import of a quarter, as counts by unit; the newest of a quarter counts."""

    __tablename__ = "desk_sheet"
    __table_args__ = (CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    year: Mapped[int]
    quarter: Mapped[int]
    file_name: Mapped[str]
    sha256: Mapped[str]
    #: One entry a unit: counts of 0, 1, 2 points for each index, the indices, total, class.
    rows: Mapped[list]
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by: Mapped[str]
