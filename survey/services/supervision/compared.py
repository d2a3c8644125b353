"""First and second answers, counted together by enumerator and question."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.store.models import (
    BackCheckCount,
    Wave,
)


def tables(session: Session, wave: Wave) -> dict[int, dict[str, Counter]]:
    found: dict[int, dict[str, Counter]] = defaultdict(lambda: defaultdict(Counter))
    for row in session.scalars(select(BackCheckCount).where(BackCheckCount.wave_id == wave.id)):
        found[row.account_id][row.question][row.first, row.second] += row.n
    return found


def pooled(tables: Mapping[str, Counter]) -> Counter:
    """All questions in one table; answers of different questions are different answers."""
    pooled: Counter = Counter()
    for question, table in tables.items():
        for (first, second), n in table.items():
            pooled[f"{question}={first}", f"{question}={second}"] += n
    return pooled
