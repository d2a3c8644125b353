"""What stays of field submissions when their wave closes, and what goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.orm import Session

from survey.store.models import FieldAttachment, FieldReceipt, FieldSubmission

_sent = FieldSubmission.__table__


def of_wave(session: Session, wave_id: int) -> list[Row]:
    """Key, digests and answer of each submission of a wave."""
    return list(
        session.execute(
            select(
                _sent.c.id,
                _sent.c.instance_id,
                _sent.c.known_as,
                _sent.c.content_digest,
                _sent.c.state,
                _sent.c.response_id,
            ).where(_sent.c.wave_id == wave_id)
        )
    )


def keep_receipts(session: Session, rows: Iterable[Mapping[str, bytes]]) -> None:
    given = list(rows)
    if given:
        session.execute(insert(FieldReceipt), given)


def forget(session: Session, ids: Sequence[str]) -> None:
    """Delete submissions and the files that came with them."""
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        session.execute(delete(FieldAttachment).where(FieldAttachment.submission_id.in_(some)))
        session.execute(delete(FieldSubmission).where(FieldSubmission.id.in_(some)))


def forget_files(session: Session, id_: str) -> None:
    session.execute(delete(FieldAttachment).where(FieldAttachment.submission_id == id_))
