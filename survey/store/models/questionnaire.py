"""The life of questionnaires: drafts that may change, and what happened to frozen versions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.store.base import Base, UtcDateTime
from survey.store.models.study import Questionnaire


class QuestionnaireDraft(Base):
    """A workbook that was sent, with all its faults; replaced until it is published."""

    __tablename__ = "questionnaire_draft"
    __table_args__ = (
        CheckConstraint("revision > 0", name="revision"),
        CheckConstraint("(definition = '') = (sha256 = '')", name="digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    #: The workbook as it was sent; CSV sheets in one ZIP archive.
    file: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    #: Counts the files that stood here one after the other.
    revision: Mapped[int] = mapped_column(default=1)
    #: Canonical text and digest; empty while there are errors.
    definition: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[str] = mapped_column(default="")
    #: [{"code", "sheet", "row", "cell", "texts": {"vi", "en"}, "is_error"}]
    faults: Mapped[list]
    #: How many there are; the list above keeps the first ones.
    n_faults: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by: Mapped[str]


class QuestionnaireEvent(Base):
    """A version was published, or retired.  Lines are only added."""

    __tablename__ = "questionnaire_event"
    __table_args__ = (
        UniqueConstraint("questionnaire_id", "kind"),
        CheckConstraint("kind IN ('published', 'retired')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    #: The workbook that it was published from; none for one that comes with the program.
    file_name: Mapped[str] = mapped_column(default="", server_default="")
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    questionnaire: Mapped[Questionnaire] = relationship()


class QuestionnaireFile(Base):
    """A picture, sound or film that questionnaires show, kept once under its digest."""

    __tablename__ = "questionnaire_file"

    #: ``DIGEST.ending``, as the questionnaire's ``files`` have it.
    name: Mapped[str] = mapped_column(primary_key=True)
    #: By which field clients know it.
    md5: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class WaveVersion(Base):
    """Since when a wave gives a version to new respondents.  Lines are only added."""

    __tablename__ = "wave_version"

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str]
    reason: Mapped[str]
    questionnaire: Mapped[Questionnaire] = relationship()
