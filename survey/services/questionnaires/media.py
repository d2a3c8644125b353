"""Pictures, sounds and films of questionnaires: kept once by digest, handed out by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import md5, sha256

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, undefer

from forms.mediafiles import MEDIA_TYPES, ending_of
from forms.model import Questionnaire as Definition
from survey.errors import Conflict
from survey.store.models import Questionnaire, QuestionnaireFile
from survey.store.models import QuestionnaireDraft as Draft


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that a field client needs beside a form."""

    #: As the form names it, and as it is kept.
    file_name: str
    name: str
    md5: str


def keep(session: Session, definition: Definition, files: Mapping[str, bytes]) -> None:
    """Keep what a questionnaire shows; ``files`` are what came with it, by file name.

    Raises Conflict where a file is missing or is not the one that was looked at.
    """
    known = set(session.scalars(select(QuestionnaireFile.name).where(_of(definition))))
    for file_name, name in definition.files.items():
        if name in known:
            continue
        content = files.get(file_name, b"")
        if sha256(content).hexdigest() != name.partition(".")[0]:
            raise Conflict(
                "Thiếu tệp “%(name)s” của phiếu; hãy gửi lại phiếu kèm các tệp.",
                code="questionnaire.file_missing",
                name=file_name,
            )
        digest = md5(content, usedforsecurity=False).hexdigest()
        session.add(QuestionnaireFile(name=name, md5=digest, content=content))
        known.add(name)
    session.flush()


def purge(session: Session, names: Iterable[str]) -> None:
    """Delete those of these files that no draft and no published version shows any more."""
    session.flush()
    for name in set(names):
        shows = [x.definition.contains(name, autoescape=True) for x in (Draft, Questionnaire)]
        if not any(session.scalar(select(exists().where(each))) for each in shows):
            session.execute(delete(QuestionnaireFile).where(QuestionnaireFile.name == name))


def content(session: Session, name: str) -> bytes | None:
    """The file kept under a name."""
    found = session.get(QuestionnaireFile, name, options=[undefer(QuestionnaireFile.content)])
    return None if found is None else bytes(found.content)


def contents(session: Session, definition: Definition) -> dict[str, bytes]:
    """All files that a questionnaire shows, by the name they are kept under."""
    if not definition.files:
        return {}
    found = select(QuestionnaireFile.name, QuestionnaireFile.content).where(_of(definition))
    return {row.name: bytes(row.content) for row in session.execute(found)}


def beside(session: Session, definition: Definition) -> list[Beside]:
    """The files that a form of this questionnaire needs, in the order of their names."""
    if not definition.files:
        return []
    found = select(QuestionnaireFile.name, QuestionnaireFile.md5).where(_of(definition))
    digests = dict(session.execute(found).all())
    return [Beside(file, name, digests[name]) for file, name in sorted(definition.files.items())]


def media_type(name: str) -> str | None:
    """What a browser is told that a file is; None for a name that no file has."""
    return MEDIA_TYPES.get(ending_of(name))


def _of(definition: Definition):
    return QuestionnaireFile.name.in_(set(definition.files.values()))
