"""How far a job is, told to whoever waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

#: Steps done, steps in all, what is being done (Vietnamese).
Progress = Callable[[int, int, str], None]


def now_and_then(progress: Progress) -> Progress:
    """Tell how far it is twice a second: each telling is a transaction."""
    told, last = 0.0, ""

    def tell(done: int, total: int, message: str) -> None:
        nonlocal told, last
        if message != last or monotonic() - told > 0.5:
            told, last = monotonic(), message
            progress(done, total, message)

    return tell


def silent(_done: int, _total: int, _message: str) -> None:
    pass


def now() -> datetime:
    return datetime.now(UTC)
