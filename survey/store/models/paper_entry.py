"""Paper forms that came back: whose they are, and what each person typed from them.

A form points to its case and its answer until the wave closes.  Then only counts stay: how many
fields were typed, and where two people differed.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.double_entry import Round, Stage
from survey.store.base import Base, UtcDateTime
from survey.store.models.office import User
from survey.store.models.paper import PaperForm


def _one_of(column: str, values: type) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class PaperReturn(Base):
    """A form that came back.  Of a drawn case, or from a desk without one; not both."""

    __tablename__ = "paper_return"
    __table_args__ = (
        CheckConstraint(_one_of("stage", Stage), name="stage"),
        CheckConstraint("case_id IS NULL OR desk_id IS NULL", name="one_origin"),
        CheckConstraint(
            "n_differences >= 0 AND n_differences <= n_fields", name="differences_of_fields"
        ),
        Index(
            "uq_paper_return_case",
            "case_id",
            unique=True,
            sqlite_where=text("case_id IS NOT NULL"),
            postgresql_where=text("case_id IS NOT NULL"),
        ),
    )

    form_id: Mapped[int] = mapped_column(ForeignKey("paper_form.id"), primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("survey_case.id"))
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"))
    #: The day on which it was filled in, as far as the office knows.
    filled_on: Mapped[date]
    logged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    logged_by: Mapped[str]
    stage: Mapped[str] = mapped_column(server_default=Stage.LOGGED)
    #: Fields that at least one of the two typed something into, and those that they typed apart.
    n_fields: Mapped[int] = mapped_column(server_default="0")
    n_differences: Mapped[int] = mapped_column(server_default="0")
    differing: Mapped[list] = mapped_column(server_default=text("'[]'"))
    response_id: Mapped[str | None]
    form: Mapped[PaperForm] = relationship()
    entries: Mapped[list[PaperEntry]] = relationship(order_by="PaperEntry.id")


class PaperEntry(Base):
    """What one person typed of a form; each of the three rounds is another person's."""

    __tablename__ = "paper_entry"
    __table_args__ = (
        UniqueConstraint("form_id", "round"),
        UniqueConstraint("form_id", "account_id"),
        CheckConstraint(_one_of("round", Round), name="round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("paper_return.form_id"))
    round: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Normal form by question (forms.faces.keying); emptied when the wave closes.
    typed: Mapped[dict]
    #: Of the fields that the two typed apart, those that a third found wrong here.
    n_wrong: Mapped[int] = mapped_column(server_default="0")
    account: Mapped[User] = relationship()
