"""Household rounds: the areas, their listings, and which household and adult a case stands for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.store.base import Base, UtcDateTime
from survey.store.models.sample import Case
from survey.store.models.unit import Unit


class HouseholdArea(Base):
    """A village or block of the frame of areas; a primary sampling unit once it is drawn."""

    __tablename__ = "household_area"
    __table_args__ = (
        UniqueConstraint("wave_id", "code"),
        CheckConstraint("households > 0", name="households"),
        CheckConstraint(
            "probability IS NULL OR (probability > 0 AND probability <= 1)", name="probability"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    code: Mapped[str]
    name: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    stratum: Mapped[str]
    #: Households by the office's register: the measure of size of the draw.
    households: Mapped[int]
    #: Of the draw; NULL: not drawn.
    probability: Mapped[float | None]
    unit: Mapped[Unit] = relationship()


class HouseholdListing(Base):
    """The dwellings of an area as an enumerator wrote them down; a closed one never changes."""

    __tablename__ = "household_listing"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (digest <> '')", name="closed_has_digest"),
    )

    area_id: Mapped[int] = mapped_column(
        ForeignKey("household_area.id"), primary_key=True, autoincrement=False
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    #: Grows with every change on the device.
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    #: ``[number, note, adults]`` each.
    lines: Mapped[list]
    #: ``survey.domain.household.listing_digest`` of the closed listing.
    digest: Mapped[str] = mapped_column(server_default=text("''"))
    #: Addresses and numbers of adults are gone; the digest stays that of the whole.
    thinned: Mapped[bool] = mapped_column(default=False, server_default=false())
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    area: Mapped[HouseholdArea] = relationship()


class HouseholdCase(Base):
    """The household that a case of an area stands for, and the chances of household and adult."""

    __tablename__ = "household_case"
    __table_args__ = (
        UniqueConstraint("area_id", "place"),
        CheckConstraint("share IS NULL OR (share > 0 AND share <= 1)", name="share"),
        CheckConstraint("(number IS NULL) = (share IS NULL)", name="drawn_has_share"),
        CheckConstraint("adults IS NULL OR adults > 0", name="adults"),
    )

    case_id: Mapped[int] = mapped_column(
        ForeignKey("survey_case.id"), primary_key=True, autoincrement=False
    )
    area_id: Mapped[int] = mapped_column(ForeignKey("household_area.id"), index=True)
    #: The drawn household with the place-th smallest order number.
    place: Mapped[int]
    #: Order number in the listing; NULL while that is open, or where it has fewer households.
    number: Mapped[int | None]
    #: Probability of the household, given its area.
    share: Mapped[float | None]
    #: Adults found at the door, and the one drawn among them (0: by the next birthday).
    adults: Mapped[int | None]
    adult: Mapped[int | None]
    #: Where the interview was, as far as the respondent agreed; gone when the wave closes.
    position: Mapped[dict | None]
    area: Mapped[HouseholdArea] = relationship()
    case: Mapped[Case] = relationship()
