"""The link between a field submission, its case and its answer ends when the wave closes.

What is left is a keyed digest, by which a copy that comes late is known and answered as before.
Files that are answers go over to the answer; logs of the client and the form as it was sent go.
"""

from __future__ import annotations

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from survey.errors import Conflict
from survey.services import elsewhere
from survey.store import field as store
from survey.store import field_closing as closing
from survey.store import households
from survey.store.models import Response, Wave


def cut(session: Session, wave: Wave) -> int:
    """Cut all links of a wave, in the transaction that closes it; how many there were.

    The caller mixes the answers afterwards: on PostgreSQL each still has the number of the
    transaction that wrote its submission.
    Raises Conflict while a submission waits for a person or for the job.
    """
    _refuse_undecided(session, wave)
    rows = closing.of_wave(session, wave.id)
    for row in rows:
        if row.response_id is not None:
            _keep_files(session, row)
    receipts = {
        bytes(row.known_as): bytes(row.content_digest) for row in rows if row.id == row.instance_id
    }
    # In the order of digests: the order in which they came says nothing any more.
    closing.keep_receipts(
        session,
        [{"digest": digest, "content_digest": receipts[digest]} for digest in sorted(receipts)],
    )
    closing.forget(session, [row.id for row in rows])
    households.forget_positions(session, wave.id)
    elsewhere.thin_out(session, wave)
    return len(rows)


def _refuse_undecided(session: Session, wave: Wave) -> None:
    if store.received(session):
        raise Conflict(
            "Còn phiếu thực địa đang được tiếp nhận; hãy đợi một phút rồi đóng đợt.",
            code="wave.field_at_work",
        )
    n = store.undecided(session, wave.id)
    if n:
        raise Conflict(
            "Còn %(n)s phiếu thực địa chờ người quyết định; hãy xem trang Cách ly của đợt.",
            code="wave.field_undecided",
            n=n,
        )


def _keep_files(session: Session, row: Row) -> None:
    names = set(store.file_names(session, row.id))
    if not names:
        return
    answers = session.scalar(select(Response.answers).where(Response.id == row.response_id))
    for value in answers.values():
        if isinstance(value, str) and value in names:
            closing.keep_file(session, row.id, value, row.response_id)
