"""Contact attempts and released reserves.  Lines are appended; the database refuses the rest."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from survey.domain.contact import MODES_OF, Mode
from survey.store.base import Base, UtcDateTime

_MODES = ", ".join(f"'{mode}'" for mode in sorted(Mode))
_RESULTS = ", ".join(f"'{result}'" for result in sorted(MODES_OF))


class ContactAttempt(Base):
    """One try to reach a case.  A line that names another in ``voids_id`` takes that one back."""

    __tablename__ = "contact_attempt"
    __table_args__ = (
        CheckConstraint(f"mode IN ({_MODES})", name="mode"),
        CheckConstraint(f"result IN ({_RESULTS})", name="result"),
        CheckConstraint("voids_id IS NULL OR voids_id <> id", name="voids_another"),
        CheckConstraint("voids_id IS NULL OR note <> ''", name="void_has_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("survey_case.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    mode: Mapped[str]
    #: AAPOR code, or a result that ends nothing (survey.domain.contact.MODES_OF).
    result: Mapped[str]
    #: Without names, numbers or addresses of persons.
    note: Mapped[str] = mapped_column(server_default=text("''"))
    by: Mapped[str]
    logged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    voids_id: Mapped[int | None] = mapped_column(ForeignKey("contact_attempt.id"), unique=True)


class ReserveRelease(Base):
    """A reserve case that went into the field, and the case it replaces."""

    __tablename__ = "reserve_release"
    __table_args__ = (
        CheckConstraint("case_id <> replaces_id", name="another_case"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("survey_case.id"), unique=True)
    replaces_id: Mapped[int] = mapped_column(ForeignKey("survey_case.id"), unique=True)
    #: AAPOR code with which the replaced case was final at that moment.
    disposition: Mapped[str]
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
