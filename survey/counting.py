"""The door through which counts of paradata reach the database, apart from their answers."""

from __future__ import annotations

import atexit
import threading
from collections import Counter

import structlog

from survey.services import paradata
from survey.store.session import Database

log = structlog.get_logger(__name__)

#: Counts wait so long for more of them.
FLUSH_SECONDS = 60.0


class Flusher:
    """Collects the counts of this process and writes them in a transaction of their own."""

    def __init__(self, database: Database) -> None:
        self.database, self.counts, self.timer = database, paradata.Counts(), None

    def add(self, more: Counter | None) -> None:
        """Keep what a committed request counted; the first one sets the clock."""
        if not more:
            return
        self.counts.add(more)
        if self.timer is None:
            self.timer = threading.Timer(FLUSH_SECONDS, self.flush)
            self.timer.daemon = True
            self.timer.start()
            atexit.register(self.flush)

    def flush(self) -> None:
        """Write what waits.  Counts that cannot be written are lost and the log says how many."""
        taken = self.drop()
        if not taken:
            return
        try:
            with self.database.write() as session:
                paradata.write(session, taken)
        except Exception as fault:
            log.warning(
                "paradata counts were lost", n=sum(taken.values()), fault=type(fault).__name__
            )

    def drop(self) -> Counter:
        """What waits, to be written by nobody else; the clock stops."""
        timer, self.timer = self.timer, None
        if timer is not None:
            timer.cancel()
            atexit.unregister(self.flush)
        return self.counts.take()
