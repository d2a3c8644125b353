"""Administrative units through time.  A code is reused for other territory; its date tells."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.store.base import Base


class Unit(Base):
    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    valid_from: Mapped[date]
    #: First day on which the unit no longer exists; NULL while it does.
    valid_to: Mapped[date | None]
    name: Mapped[str]
    #: What the unit is called: xã, phường, thị trấn, huyện …  Data, not a closed list.
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    parent: Mapped[Unit | None] = relationship(remote_side="Unit.id")


class UnitSuccession(Base):
    """Part of one unit became part of another: many to many, with the share that moved."""

    __tablename__ = "unit_succession"
    __table_args__ = (CheckConstraint("share > 0 AND share <= 1", name="share"),)

    from_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    on: Mapped[date]
    #: Share of the old unit that moved; NULL where only "part of" is known.
    share: Mapped[float | None]
    #: What the share was counted by: people, dossiers, area …
    basis: Mapped[str] = mapped_column(server_default=text("''"))
