"""The job behind the intake: batches of received submissions, each batch one transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from survey.services.intake import processing
from survey.store import field as store

log = structlog.get_logger(__name__)

#: Submissions in one transaction.
BATCH = 100
Write = Callable[[], AbstractContextManager[Session]]


def run(write: Write, *, code_key: bytes, now: datetime) -> int:
    """Work until nothing waits; ``write`` opens a transaction.  How many were taken up."""
    with write() as session:
        processing.end_waits(session, now=now)
    done = 0
    while True:
        with write() as session:
            ids = store.due(session, BATCH)
        n = _batch(write, ids, code_key=code_key) if ids else 0
        done += n
        if len(ids) < BATCH or n == 0:
            return done


def _batch(write: Write, ids: list[str], *, code_key: bytes) -> int:
    try:
        with write() as session:
            return processing.process(session, ids, code_key=code_key)
    except Exception:
        log.exception("a batch of submissions failed; they are worked on one by one", n=len(ids))
        return sum(_alone(write, each, code_key) for each in ids)


def _alone(write: Write, id_: str, code_key: bytes) -> int:
    try:
        with write() as session:
            return processing.process(session, [id_], code_key=code_key)
    except Exception as crashed:
        log.exception("a submission could not be worked on; it waits for a person")
        with write() as session:
            processing.give_up(session, id_, type(crashed).__name__)
        return 1
