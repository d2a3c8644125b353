"""Statements about paradata: counts that add up, the day's salt, labels that are folded away."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.store.models import DailySalt, ParadataCount, Response

#: wave, unit, stream, kind, day, label.
Key = tuple[int, int, str, str, str, str]
_KEY = ("wave_id", "unit_id", "stream", "kind", "day", "label")


def add_counts(session: Session, counts: Mapping[Key, int]) -> None:
    """Add to what is there.  In key order: two processes never wait for each other in a ring."""
    if not counts:
        return
    rows = [dict(zip(_KEY, key, strict=True)) | {"n": n} for key, n in sorted(counts.items())]
    made = _insert(session)(ParadataCount)
    total = ParadataCount.n + made.excluded.n
    session.execute(made.on_conflict_do_update(index_elements=_KEY, set_={"n": total}), rows)


def salt_of(session: Session, day: date) -> bytes | None:
    return session.scalar(select(DailySalt.salt).where(DailySalt.day == day))


def make_salt(session: Session, day: date) -> None:
    """Two processes that begin the day together agree on the first one's."""
    add = _insert(session)(DailySalt).on_conflict_do_nothing(index_elements=["day"])
    session.execute(add, {"day": day, "salt": secrets.token_bytes(32)})


def drop_salts(session: Session, before: date) -> int:
    return session.execute(delete(DailySalt).where(DailySalt.day < before)).rowcount


def of_days(session: Session, before: date) -> list:
    """(id, day, paradata) of answers sent before a day."""
    query = select(Response.id, Response.submitted_on, Response.paradata)
    return session.execute(query.where(Response.submitted_on < before)).all()


def replace(session: Session, response_id: str, paradata: dict) -> None:
    change = update(Response).where(Response.id == response_id).values(paradata=paradata)
    session.execute(change)


def totals(session: Session, wave_id: int) -> list[tuple[str, str, str, int]]:
    """(stream, kind, label, sheets) of a wave, over units and days."""
    key = (ParadataCount.stream, ParadataCount.kind, ParadataCount.label)
    query = select(*key, func.sum(ParadataCount.n)).where(ParadataCount.wave_id == wave_id)
    return [tuple(row) for row in session.execute(query.group_by(*key))]


def arrivals(session: Session, wave_id: int | None = None) -> list[ParadataCount]:
    query = select(ParadataCount).where(ParadataCount.kind == "arrival")
    if wave_id is not None:
        query = query.where(ParadataCount.wave_id == wave_id)
    return list(session.scalars(query))


def delete_arrivals(session: Session, days: list[tuple[int, int, str, str]]) -> None:
    """Drop the bins of (wave, unit, stream, day)."""
    place = tuple_(
        ParadataCount.wave_id, ParadataCount.unit_id, ParadataCount.stream, ParadataCount.day
    )
    if days:
        session.execute(
            delete(ParadataCount).where(ParadataCount.kind == "arrival", place.in_(days))
        )


def _insert(session: Session):
    return {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[
        session.get_bind().dialect.name
    ]
