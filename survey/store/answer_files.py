"""Files that are answers: of a draft until it is sent, of the answer from then on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.orm import Session

from survey.store.models import DraftFile, ResponseFile

_draft, _answer = DraftFile.__table__, ResponseFile.__table__


def of_draft(session: Session, draft_id: str) -> list[Row]:
    """Question, answer, shown name and size of each file that a draft holds."""
    return list(
        session.execute(
            select(
                _draft.c.question,
                _draft.c.name,
                _draft.c.shown,
                func.length(_draft.c.content).label("size"),
            ).where(_draft.c.draft_id == draft_id)
        )
    )


def drop_of_draft(session: Session, draft_id: str, questions: Collection[str]) -> None:
    """What these questions hold goes."""
    if questions:
        session.execute(
            delete(_draft).where(_draft.c.draft_id == draft_id, _draft.c.question.in_(questions))
        )


def add_to_draft(session: Session, rows: Iterable[Mapping[str, object]]) -> None:
    session.execute(insert(_draft), list(rows))


def add(session: Session, response_id: str, files: Mapping[str, bytes]) -> None:
    """Files of an answer that is there, by the name under which the answer has them."""
    rows = [{"response_id": response_id, "name": n, "content": c} for n, c in files.items()]
    if rows:
        session.execute(insert(_answer), rows)


def replace(session: Session, response_id: str, files: Mapping[str, bytes]) -> None:
    """The files of an answer that was corrected."""
    session.execute(delete(_answer).where(_answer.c.response_id == response_id))
    add(session, response_id, files)


def contents(session: Session, draft_id: str, names: Collection[str]) -> dict[str, bytes]:
    """Files of a draft by name; two questions may have the same one."""
    found = select(_draft.c.name, _draft.c.content).where(
        _draft.c.draft_id == draft_id, _draft.c.name.in_(names)
    )
    return {row.name: bytes(row.content) for row in session.execute(found)}
