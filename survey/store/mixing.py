"""PostgreSQL keeps rows in the order in which they came, each with its transaction's number."""

from __future__ import annotations

import random

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.orm import Session

from survey.store.models import Response, ResponseFile

_file = ResponseFile.__table__
_SAME = (
    update(Response.__table__)
    .where(Response.__table__.c.id == bindparam("one"))
    .values(wave_id=Response.__table__.c.wave_id)
)

_SAME_FILES = update(_file).where(_file.c.response_id == bindparam("one")).values(name=_file.c.name)


def mix(session: Session, wave_id: int) -> None:
    """Write a wave's answers and their files anew: one transaction for all, in the order of the
    answers' random keys.

    SQLite stores the table by its key and knows no transaction numbers: nothing is to be done.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    session.flush()
    keys = list(session.scalars(select(Response.id).where(Response.wave_id == wave_id)))
    random.SystemRandom().shuffle(keys)
    session.connection().execute(_SAME, [{"one": key} for key in keys])
    session.connection().execute(text("CLUSTER response USING pk_response"))
    with_files = select(_file.c.response_id).join(Response, Response.id == _file.c.response_id)
    wanted = set(session.scalars(with_files.where(Response.wave_id == wave_id)))
    if wanted:
        rows = [{"one": key} for key in keys if key in wanted]
        session.connection().execute(_SAME_FILES, rows)
        session.connection().execute(text("CLUSTER response_file USING pk_response_file"))
