"""What field clients sent for one case: every version that came, and what each edit changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from survey.domain.intake import STATE_TITLES, State
from survey.services.intake import processing
from survey.services.intake.processing import Held
from survey.store import field as store
from survey.store.models import FieldSubmission


@dataclass(frozen=True, slots=True)
class Change:
    """One question as it was and as it is; a dash: blank, or not asked."""

    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One submission; ``corrects`` is the instanceID of the one that it edits."""

    id: str
    received_at: datetime
    enumerator: str
    state: str
    title: Mapping[str, str]
    corrects: str
    decided_by: str
    decision_reason: str
    changes: Sequence[Change] = ()


def of_case(session: Session, case_id: int) -> list[Line]:
    """All submissions of a case, oldest first; empty once its wave has closed."""
    rows = store.of_case(session, case_id)
    read = {row.instance_id: _values(session, row) for row in rows if row.id == row.instance_id}
    return [_line(row, read) for row in rows]


def _values(session: Session, row: FieldSubmission) -> Mapping[str, Any]:
    reading = processing.read(session, row, any_version=True, case=row.case_id)
    session.expire(row)  # looking changes nothing
    return {} if isinstance(reading, Held) else reading.found.values


def _line(row: FieldSubmission, read: Mapping[str, Mapping[str, Any]]) -> Line:
    changes: list[Change] = []
    if row.corrects in read and row.id in read:
        before, after = read[row.corrects], read[row.id]
        names = dict.fromkeys([*before, *after])
        changes = [
            Change(name, _text(before.get(name)), _text(after.get(name)))
            for name in names
            if before.get(name) != after.get(name)
        ]
    return Line(
        id=row.id,
        received_at=row.received_at,
        enumerator=row.account.display_name,
        state=row.state,
        title=STATE_TITLES[State(row.state)],
        corrects=row.corrects,
        decided_by=row.decided_by,
        decision_reason=row.decision_reason,
        changes=changes,
    )


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
