"""Paradata on their way: a little stands with the answer, the rest is counted apart from it.

Counts leave the request in memory and reach the database in a transaction of their own, a minute
later and many at a time: a row written together with an answer would carry its transaction's
number.  A process that is killed loses at most that minute's counts, never an answer.
"""

from __future__ import annotations

import math
import secrets
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from forms import wording
from forms.model import Question
from survey.domain import paradata
from survey.domain.calendar import local_day
from survey.domain.paradata import Visited
from survey.domain.wave import Stream
from survey.services.visit import Visit
from survey.store import paradata as store

#: Longest time on a section that counts as being there: a day's pause is no reading time.
LONGEST = 3600.0
#: (database, day) -> the day's salt, once it is known to be committed.
_SALTS: dict[tuple[str, date], bytes] = {}


class Counts:
    """What waits to be counted, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Counter[store.Key] = Counter()

    def add(self, more: Counter[store.Key]) -> None:
        with self._lock:
            self._waiting.update(more)

    def take(self) -> Counter[store.Key]:
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
        return taken


def of_answer(
    session: Session, visit: Visit, visited: Visited, *, seconds: float, n: int, now: datetime
) -> dict[str, Any]:
    """What stands with the answer (survey.domain.paradata says why no more)."""
    return paradata.kept(
        visited,
        now=now,
        seconds=seconds,
        n_answered=n,
        open_stream=visit.visitor.kind != "case",
        settings=visit.settings,
        salt=_salt(session, local_day(now)) if visited.device else None,
    )


def of_orders(asked: Sequence[Question], seed: str) -> dict[str, Any]:
    """How options stood for this respondent; nothing where they stood as in the sheet for all."""
    orders = wording.orders(asked, seed)
    found: dict[str, Any] = {"orders": orders} if orders else {}
    if any(each.is_scale for each in asked):
        turnable = any(each.parameters.get("direction") == "random" for each in asked)
        turned = turnable and bool(seed) and wording.is_turned(seed)
        found["scales"] = "turned" if turned else "sheet"
    return found


def count_answer(
    session: Session,
    visit: Visit,
    visited: Visited,
    *,
    language: str,
    opened_at: datetime,
    now: datetime,
) -> None:
    """Count a submitted sheet: when, on what, in which language, the how-manieth visit."""
    again = visit.has_draft and opened_at > visit.row.started_at + timedelta(seconds=2)
    of_answers = {
        "device": visited.device_class or "unknown",
        "language": language,
        "entry": visited.entry or "unknown",
        "attempts": "2+" if again else "1",
    }
    for kind, label in of_answers.items():
        _count(session, visit, kind, "", label)
    _count(session, visit, "arrival", local_day(now).isoformat(), f"{paradata.bin_of(now):03}")


def count_page(
    session: Session, visit: Visit, sections: Sequence[str], *, opened_at: datetime, now: datetime
) -> None:
    """Count how long a page was open, under its first section; in octaves of seconds."""
    since = max(visit.row.updated_at, opened_at) if visit.has_draft else opened_at
    seconds = (now - since).total_seconds()
    if 0 < seconds <= LONGEST and sections:
        _count(session, visit, f"section:{sections[0]}", "", f"{int(math.log2(1 + seconds)):02}")


def _count(session: Session, visit: Visit, kind: str, day: str, label: str) -> None:
    stream = Stream.PROBABILITY if visit.visitor.kind == "case" else Stream.OPEN
    key = (visit.row.wave_id, visit.row.unit_id, str(stream), kind, day, label)
    session.info.setdefault("counts", Counter())[key] += 1


def _salt(session: Session, day: date) -> bytes | None:
    """The day's salt; made in the first transaction that needs it, kept once it is there."""
    key = (str(session.get_bind().url), day)
    if key not in _SALTS:
        found = store.salt_of(session, day)
        if found is None:
            store.make_salt(session, day)
            return store.salt_of(session, day)
        _SALTS.clear()
        _SALTS[key] = found
    return _SALTS[key]


def write(session: Session, counts: Counter[store.Key]) -> None:
    """Add what was counted to what is there."""
    store.add_counts(session, counts)


def fold(session: Session, *, now: datetime) -> int:
    """Once a day is over: forget its salt, its devices of few sheets, its bins of few arrivals.

    A device that sent five sheets or more keeps a random name that says only that they belong
    together.  Returns the number of answers changed.
    """
    today = local_day(now)
    store.drop_salts(session, today)
    rows = {
        row.id: row
        for row in store.of_days(session, today)
        if not row.paradata.get("device", "=").startswith("=")
    }
    labels = {key: f"{row.submitted_on} {row.paradata['device']}" for key, row in rows.items()}
    names = paradata.folded(labels, lambda: secrets.token_hex(6))
    for key, name in names.items():
        rest = {k: v for k, v in rows[key].paradata.items() if k != "device"}
        store.replace(session, key, rest | ({"device": name} if name else {}))
    _forget_thin_days(session, today)
    return len(rows)


def _forget_thin_days(session: Session, today: date) -> None:
    total: Counter[tuple[int, int, str, str]] = Counter()
    for row in store.arrivals(session):
        if row.day < today.isoformat():
            total[row.wave_id, row.unit_id, row.stream, row.day] += row.n
    thin = [place for place, n in total.items() if n < paradata.FEWEST_ARRIVALS]
    store.delete_arrivals(session, thin)
