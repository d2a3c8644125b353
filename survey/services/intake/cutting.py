"""The link between a field submission, its case and its answer ends when the wave closes.

What is left is a keyed digest, by which a copy that comes late is known and answered as before.
Files that are answers stand with the answer already; what came (files, logs of the client, the form
as it was sent) goes.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.errors import Conflict
from survey.services import elsewhere
from survey.services.households import listings
from survey.store import field as store
from survey.store import field_closing as closing
from survey.store.models import Wave


def cut(session: Session, wave: Wave) -> int:
    """Cut all links of a wave, in the transaction that closes it; how many there were.

    The caller mixes the answers afterwards: on PostgreSQL each still has the number of the
    transaction that wrote its submission.
    Raises Conflict while a submission waits for a person or for the job.
    """
    _refuse_undecided(session, wave)
    rows = closing.of_wave(session, wave.id)
    receipts = {
        bytes(row.known_as): bytes(row.content_digest) for row in rows if row.id == row.instance_id
    }
    # In the order of digests: the order in which they came says nothing any more.
    closing.keep_receipts(
        session,
        [{"digest": digest, "content_digest": receipts[digest]} for digest in sorted(receipts)],
    )
    closing.forget(session, [row.id for row in rows])
    listings.thin_out(session, wave.id)
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
