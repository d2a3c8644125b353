"""Opening a survey: what a scanned or typed code leads to, or why it leads nowhere.

An expected refusal (a spent code, a closed wave) is returned, not raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from survey.domain import codes
from survey.domain.calendar import local_day
from survey.domain.disposition import Disposition
from survey.domain.wave import WaveState, reception
from survey.store import cases
from survey.store.models import Case, Desk, Wave

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


def _case_entry(session: Session, case: Case, now: datetime) -> Entry | Refusal:
    draft = cases.draft_of(session, case.id)
    wave = session.get_one(Wave, case.wave_id)
    if case.disposition == Disposition.ANSWERED:
        return Refusal("spent", facts={"synthetic": wave.synthetic})
    return closed_or_early(wave, now) or Entry(
        kind="case",
        id=case.id,
        unit_name=case.unit.name,
        field=case.stratum,
        declined=case.disposition == Disposition.REFUSAL,
        draft_id=draft.id if draft else None,
        **_of_wave(wave, wave.settings),
    )


def _desk_entry(desk: Desk, now: datetime) -> Entry | Refusal:
    return closed_or_early(desk.wave, now) or Entry(
        kind="desk",
        id=desk.id,
        unit_name=desk.unit.name,
        field="",
        declined=False,
        draft_id=None,
        **_of_wave(desk.wave, desk.wave.settings),
    )


def of_row(row: Row, settings: Mapping[str, Any], *, kind: str, id_: int) -> Entry:
    """The same from a visit's one row."""
    return Entry(
        kind=kind,
        id=id_,
        unit_name=row.unit_name,
        field=row.stratum,
        declined=row.standing == Disposition.REFUSAL,
        draft_id=row.draft_id,
        **_of_wave(row, settings),
    )


def _of_wave(wave: Wave | Row, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "wave_slug": wave.slug,
        "organisation": wave.organisation,
        "contact": wave.contact,
        "retention_days": settings["retention_days"],
        "closes_on": wave.closes_on,
        "synthetic": wave.synthetic,
    }


def closed_or_early(wave: Wave | Row, now: datetime) -> Refusal | None:
    """Why a wave takes no answer now; None while it does."""
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
