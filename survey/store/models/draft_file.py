"""Files that came with answers on their way."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.store.base import Base


class DraftFile(Base):
    """The file that a draft holds for a question; it goes with the draft.

    ``name`` is the answer (`forms.attached`), ``shown`` what the visitor's own device calls it:
    that is told to nobody else and goes over to no answer.
    """

    __tablename__ = "draft_file"

    draft_id: Mapped[str] = mapped_column(
        ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True
    )
    question: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    shown: Mapped[str]
    content: Mapped[bytes]
