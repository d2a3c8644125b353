"""What was published before the seed existed: frame and plan, frozen."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.store.base import Base, UtcDateTime
from survey.store.models.sample import SamplePlan


class SampleCommitment(Base):
    """One a plan.  ``bundle`` is the public file as it was at that moment, then with the draw."""

    __tablename__ = "sample_commitment"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("sample_plan.id"), unique=True)
    #: Key of the pseudonyms.  Never published: with it anybody could try out dossier codes.
    pseudonym_key: Mapped[bytes]
    #: sha256 of the public files frame.csv and plan.json.
    frame_sha256: Mapped[str]
    plan_sha256: Mapped[str]
    #: The public number that will be the seed, in words, and the day on which it will be known.
    seed_source: Mapped[str]
    seed_on: Mapped[date]
    committed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    committed_by: Mapped[str]
    bundle: Mapped[bytes]
    plan: Mapped[SamplePlan] = relationship()
