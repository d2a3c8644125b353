"""Proposals of a plan, with the figures that the worker found for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base, UtcDateTime


class PlanProposal(Base):
    __tablename__ = "plan_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    request: Mapped[dict]
    found: Mapped[dict]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str]
