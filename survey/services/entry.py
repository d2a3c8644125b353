"""Opening a survey: what a scanned or typed code leads to, or why it leads nowhere.

An expected refusal (a spent code, a closed wave) is returned, not raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain import codes
from survey.domain.calendar import local_day
from survey.domain.disposition import Disposition
from survey.domain.wave import WaveState, reception
from survey.store import cases
from survey.store.models import Case, Desk, Draft, Wave

Reason = Literal["mistyped", "unknown", "spent", "revoked", "not_open_yet", "closed", "incomplete"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody cannot go on; ``detail`` says which typing fault or which section."""

    reason: Reason
    detail: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A case or a desk that may be answered now."""

    kind: Literal["case", "desk"]
    id: int
    wave_slug: str
    wave_title: Mapping[str, str]
    unit_name: str
    field: str
    organisation: str
    contact: str
    retention_days: int
    closes_on: date
    synthetic: bool
    declined: bool
    draft_id: str | None


def open_case(session: Session, text: str, *, code_key: bytes, now: datetime) -> Entry | Refusal:
    """Open whatever a scanned link or typed code stands for, a desk's code included."""
    code = codes.parse(text, (codes.CASE_SYMBOLS, codes.DESK_SYMBOLS))
    if isinstance(code, codes.Mistyped):
        return Refusal("mistyped", code.reason)
    if len(code) == codes.DESK_SYMBOLS:
        return open_desk(session, code, now=now)
    access = cases.code_of(session, codes.code_digest(code_key, code))
    if access is None:
        return Refusal("unknown")
    if access.revoked_at is not None:
        return Refusal("revoked")
    return _case_entry(session, access.case, now)


def open_desk(session: Session, text: str, *, now: datetime) -> Entry | Refusal:
    """Open the stream of a desk's poster."""
    code = codes.parse(text, (codes.DESK_SYMBOLS,))
    if isinstance(code, codes.Mistyped):
        return Refusal("mistyped", code.reason)
    desk = session.scalars(select(Desk).where(Desk.code == code)).one_or_none()
    return Refusal("unknown") if desk is None else _desk_entry(desk, now)


def reopen(session: Session, kind: str, entry_id: int, *, now: datetime) -> Entry | Refusal:
    """The entry that a cookie remembers, as it stands now."""
    if kind == "case":
        case = cases.get(session, entry_id)
        return Refusal("unknown") if case is None else _case_entry(session, case, now)
    desk = session.get(Desk, entry_id)
    return Refusal("unknown") if desk is None else _desk_entry(desk, now)


def _case_entry(session: Session, case: Case, now: datetime) -> Entry | Refusal:
    draft = cases.draft_of(session, case.id)
    wave = session.get_one(Wave, case.wave_id)
    return _of_case(case, wave, draft.id if draft else None, now)


def _of_case(case: Case, wave: Wave, draft_id: str | None, now: datetime) -> Entry | Refusal:
    if case.disposition == Disposition.ANSWERED:
        return Refusal("spent", facts={"synthetic": wave.synthetic})
    return _reception(wave, now) or _entry(
        wave,
        kind="case",
        id=case.id,
        unit_name=case.unit.name,
        field=case.stratum,
        declined=case.disposition == Disposition.REFUSAL,
        draft_id=draft_id,
    )


def _desk_entry(desk: Desk, now: datetime) -> Entry | Refusal:
    return _reception(desk.wave, now) or _entry(
        desk.wave,
        kind="desk",
        id=desk.id,
        unit_name=desk.unit.name,
        field="",
        declined=False,
        draft_id=None,
    )


def _entry(wave: Wave, **facts: Any) -> Entry:
    return Entry(
        wave_slug=wave.slug,
        wave_title=wave.titles,
        organisation=wave.organisation,
        contact=wave.contact,
        retention_days=wave.settings["retention_days"],
        closes_on=wave.closes_on,
        synthetic=wave.synthetic,
        **facts,
    )


def of_draft(draft: Draft, now: datetime) -> Entry | Refusal:
    if draft.case is not None:
        return _of_case(draft.case, draft.wave, draft.id, now)
    return _desk_entry(draft.desk, now)


def _reception(wave: Wave, now: datetime) -> Refusal | None:
    state = reception(WaveState(wave.state), wave.opens_on, wave.closes_on, local_day(now))
    if state == "open":
        return None
    return Refusal(
        state,
        facts={
            "synthetic": wave.synthetic,
            "opens_on": wave.opens_on,
            "closes_on": wave.closes_on,
        },
    )
