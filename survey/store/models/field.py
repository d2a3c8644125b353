"""Field clients: their addresses, whose cases they hold, and what they sent.

A submission points to its case and its answer until the wave closes (back-checks need that).  Then
only a digest stays by which a copy that comes late is known.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.intake import Reason, State, Verdict
from survey.store.base import Base, UtcDateTime
from survey.store.models.office import User
from survey.store.models.sample import Case


def _one_of(column: str, values: type) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class FieldAddress(Base):
    """The secret address of one enumerator's device.  Only its keyed digest is kept."""

    __tablename__ = "field_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[str]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[User] = relationship()


class CaseAssignment(Base):
    """Which enumerator works a case; a line that has ended stays."""

    __tablename__ = "case_assignment"
    __table_args__ = (
        Index(
            "uq_case_assignment_current",
            "case_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("survey_case.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned_by: Mapped[str]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    case: Mapped[Case] = relationship()
    account: Mapped[User] = relationship()


class FieldSubmission(Base):
    """One filled form as it came.  ``id`` is its instanceID; a second, different content under the
    same instanceID stands beside it with its digest in the key."""

    __tablename__ = "field_submission"
    __table_args__ = (
        CheckConstraint(_one_of("state", State), name="state"),
        CheckConstraint(f"reason = '' OR {_one_of('reason', Reason)}", name="reason"),
        CheckConstraint(f"verdict = '' OR {_one_of('verdict', Verdict)}", name="verdict"),
        CheckConstraint("state <> 'stored' OR response_id IS NOT NULL", name="stored_has_answer"),
        CheckConstraint(
            "verdict = '' OR (decided_by <> '' AND decision_reason <> '')",
            name="decision_is_signed",
        ),
        Index(
            "ix_field_submission_received",
            "received_at",
            sqlite_where=text("state = 'received'"),
            postgresql_where=text("state = 'received'"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str]
    #: Keyed digest of the instanceID: what stays of it (FieldReceipt).
    known_as: Mapped[bytes]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content_digest: Mapped[bytes]
    #: Emptied where it was rejected and the wave has closed.
    xml: Mapped[bytes]
    state: Mapped[str] = mapped_column(server_default="received")
    #: The request without ``*isIncomplete*`` has come: the client has nothing more to send.
    is_whole: Mapped[bool]
    reason: Mapped[str] = mapped_column(server_default="")
    facts: Mapped[dict] = mapped_column(server_default=text("'{}'"))
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("wave.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("survey_case.id"))
    response_id: Mapped[str | None]
    #: The submission that this one corrects, and the first one of that chain.
    corrects: Mapped[str] = mapped_column(server_default="")
    root_id: Mapped[str] = mapped_column(server_default="")
    verdict: Mapped[str] = mapped_column(server_default="")
    decision_reason: Mapped[str] = mapped_column(server_default="")
    decided_by: Mapped[str] = mapped_column(server_default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[User] = relationship()
    case: Mapped[Case | None] = relationship()


class FieldAttachment(Base):
    """A file that came with a submission: a photo, a sound, the log of the client."""

    __tablename__ = "field_attachment"

    submission_id: Mapped[str] = mapped_column(
        ForeignKey("field_submission.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    content_digest: Mapped[bytes]
    content: Mapped[bytes]


class FieldReceipt(Base):
    """All that is left of a submission after its wave has closed: enough to know a copy of it."""

    __tablename__ = "field_receipt"
    __table_args__ = ({"sqlite_with_rowid": False},)

    #: Keyed digest of the instanceID.
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    content_digest: Mapped[bytes]


class ResponseFile(Base):
    """A file that is itself an answer; it stays with the answer, under the answer's random key."""

    __tablename__ = "response_file"
    __table_args__ = ({"sqlite_with_rowid": False},)

    response_id: Mapped[str] = mapped_column(
        ForeignKey("response.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
