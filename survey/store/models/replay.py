"""A wave's data tried under another scheme."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base, UtcDateTime


class SchemeReplay(Base):
    """Written once; the figures are no result of the wave and never leave the office."""

    __tablename__ = "scheme_replay"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("scheme.id"), index=True)
    #: As survey.services.composition.scheme_replay.compute makes it.
    result: Mapped[dict]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str]
