"""After publication: who owes what by when, and each step of it with its author."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from survey.domain import duty as rules
from survey.domain.attachment import Attachment
from survey.domain.calendar import local_day
from survey.domain.collation import sort_key
from survey.domain.duty import Action, Kind, State
from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput, NotFound
from survey.store import audit, units, waves
from survey.store.models import Duty, DutyEvent, DutyFile, Wave

Text = Mapping[str, str]

TITLES: dict[Kind, Text] = {
    Kind.REMEDY: {"vi": "Phương án khắc phục", "en": "Remedy plan"},
    Kind.BREAKTHROUGH: {"vi": "Việc đột phá của năm", "en": "Breakthrough job of the year"},
    Kind.REPORT: {"vi": "Báo cáo", "en": "Report"},
}


@dataclass(frozen=True, slots=True)
class EventView:
    action: Action
    note: str
    person: str
    due_on: date | None
    file_sha256: str | None
    file_name: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class DutyView:
    """One duty as it stands on a day."""

    id: int
    unit_id: int
    unit: str
    unit_code: str
    kind: Kind
    period: str
    title: Text
    reasons: Sequence[Text]
    due_on: date
    state: State
    overdue: bool
    reminder_due: bool
    actions: tuple[Action, ...]
    events: tuple[EventView, ...]

    @property
    def newest_note(self) -> str:
        """What was said last: the name of a job, the result, the reason of a return."""
        return next((each.note for each in reversed(self.events) if each.note), "")


def of_wave(
    session: Session, slug: str, *, now: datetime, kind: str = "", unit_id: int | None = None
) -> list[DutyView]:
    """Duties of a wave, or of one unit: overdue first, then by day and unit.  Raises NotFound."""
    wave = waves.get(session, slug)
    query = (
        select(Duty)
        .where(Duty.wave_id == wave.id)
        .options(selectinload(Duty.events), selectinload(Duty.unit))
    )
    if kind:
        query = query.where(Duty.kind == kind)
    if unit_id is not None:
        query = query.where(Duty.unit_id == unit_id)
    today = local_day(now)
    found = [_view(each, today) for each in session.scalars(query)]
    found.sort(
        key=lambda d: (not d.overdue, not rules.is_waiting(d.state), d.due_on, sort_key(d.unit))
    )
    return found


def get(session: Session, slug: str, duty_id: int, *, now: datetime) -> DutyView:
    """Raises NotFound."""
    return _view(_one(session, slug, duty_id), local_day(now))


def act(
    session: Session,
    slug: str,
    duty_id: int,
    action: str,
    *,
    note: str = "",
    person: str = "",
    due_on: date | None = None,
    file: Attachment | None = None,
    by: str,
    now: datetime,
) -> DutyView:
    """Append a step to a duty's log.  Raises NotFound, Conflict, InvalidInput."""
    stored = _one(session, slug, duty_id)
    seen = _view(stored, local_day(now))
    if action not in seen.actions:
        raise Conflict(
            "Bước này không làm được khi việc đang ở trạng thái hiện tại; hãy tải lại trang.",
            code="duty.wrong_state",
            state=seen.state,
            action=action,
        )
    wanted, words = Action(action), clean_line(note)[:2000]
    _check(seen.kind, wanted, words, due_on, file, local_day(now))
    session.add(
        _event(
            stored.id, wanted, note=words, person=clean_line(person)[:200],
            due_on=due_on if wanted is Action.EXTENDED else None,
            file=keep_file(session, file), by=by, now=now,
        )
    )  # fmt: skip
    audit.append(session, f"duty.{wanted}", by=by, at=now, wave=slug, duty=duty_id)
    session.flush()
    session.refresh(stored)
    return _view(stored, local_day(now))


def file_of(session: Session, slug: str, duty_id: int, sha256: str) -> tuple[str, str, bytes]:
    """Name, media type and content of a file in a duty's log.  Raises NotFound."""
    for event in _one(session, slug, duty_id).events:
        if event.file_sha256 == sha256:
            found = stored_file(session, sha256)
            return event.file_name, found.media_type, found.content
    raise NotFound("Không có tệp này.", code="duty.no_file")


def stored_file(session: Session, sha256: str) -> DutyFile:
    """A document by its digest."""
    return session.get_one(DutyFile, sha256)


def open_duty(
    session: Session,
    wave: Wave,
    unit_id: int,
    kind: Kind,
    *,
    due_on: date,
    period: str = "",
    title: Text | None = None,
    reasons: Sequence[Text] = (),
    by: str,
    now: datetime,
) -> Duty | None:
    """Open a duty; None if the unit has it already."""
    same = select(Duty.id).where(
        Duty.wave_id == wave.id,
        Duty.unit_id == unit_id,
        Duty.kind == kind,
        Duty.period == period,
    )
    if session.scalar(same) is not None:
        return None
    made = Duty(
        wave_id=wave.id,
        unit_id=unit_id,
        kind=kind,
        period=period,
        title=dict(title or TITLES[kind]),
        reasons=[dict(text) for text in reasons],
        due_on=due_on,
    )
    session.add(made)
    session.flush()
    session.add(_event(made.id, Action.OPENED, by=by, now=now))
    session.flush()
    return made


def lift(session: Session, duty: Duty, note: str, *, by: str, now: datetime) -> None:
    """End a duty that a corrected table no longer asks for."""
    session.add(_event(duty.id, Action.LIFTED, note=note, by=by, now=now))
    session.flush()


def waiting(session: Session, wave: Wave, kind: Kind) -> dict[int, Duty]:
    """By unit: duties of a kind in which the unit must act."""
    query = select(Duty).where(Duty.wave_id == wave.id, Duty.kind == kind)
    return {
        each.unit_id: each
        for each in session.scalars(query.options(selectinload(Duty.events)))
        if rules.is_waiting(_state(each))
    }


def unit_ids(session: Session, wave: Wave) -> dict[tuple[str, date], int]:
    return {(unit.code, unit.valid_from): unit.id for unit in units.of_wave(session, wave.id)}


def _check(
    kind: Kind, action: Action, note: str, due_on: date | None, file: Attachment | None, today: date
) -> None:
    if action in rules.NEEDS_NOTE and not note:
        raise InvalidInput("Hãy ghi nội dung hoặc lý do.", code="duty.no_note")
    if kind is Kind.BREAKTHROUGH and action is Action.SUBMITTED and not note:
        raise InvalidInput("Hãy ghi tên việc đột phá đăng ký.", code="duty.no_note")
    if rules.needs_file(kind, action) and file is None:
        raise InvalidInput("Hãy kèm tệp văn bản.", code="duty.no_file")
    if action is Action.EXTENDED and (due_on is None or due_on <= today):
        raise InvalidInput("Hạn mới phải sau hôm nay.", code="duty.bad_day")


def keep_file(session: Session, file: Attachment | None) -> Attachment | None:
    """Store a file's content once."""
    if file is not None and session.get(DutyFile, file.sha256) is None:
        session.add(
            DutyFile(
                sha256=file.sha256,
                media_type=file.media_type,
                size=len(file.content),
                content=file.content,
            )
        )
        session.flush()
    return file


def _event(
    duty_id: int, action: Action, *, note: str = "", person: str = "", due_on: date | None = None,
    file: Attachment | None = None, by: str, now: datetime,
) -> DutyEvent:  # fmt: skip
    return DutyEvent(
        duty_id=duty_id, action=action, note=note, person=person, due_on=due_on,
        file_sha256=file.sha256 if file else None, file_name=file.name if file else "", at=now,
        by=by,
    )  # fmt: skip


def _one(session: Session, slug: str, duty_id: int) -> Duty:
    wave = waves.get(session, slug)
    found = session.get(Duty, duty_id)
    if found is None or found.wave_id != wave.id:
        raise NotFound("Không có việc này.", code="duty.not_found")
    return found


def _state(duty: Duty) -> State:
    return rules.state_of(event.action for event in duty.events)


def _view(duty: Duty, today: date) -> DutyView:
    state = _state(duty)
    due = rules.due_on(duty.due_on, [event.due_on for event in duty.events])
    reminded = [local_day(e.at) for e in duty.events if e.action == Action.REMINDED]
    return DutyView(
        id=duty.id,
        unit_id=duty.unit_id,
        unit=duty.unit.name,
        unit_code=duty.unit.code,
        kind=Kind(duty.kind),
        period=duty.period,
        title=duty.title,
        reasons=duty.reasons,
        due_on=due,
        state=state,
        overdue=rules.is_overdue(state, due, today),
        reminder_due=rules.reminder_due(state, due, today, reminded),
        actions=rules.allowed(Kind(duty.kind), state),
        events=tuple(_event_view(event) for event in duty.events),
    )


def _event_view(event: DutyEvent) -> EventView:
    names: dict[str, Any] = {
        name: getattr(event, name)
        for name in ("note", "person", "due_on", "file_sha256", "file_name", "at", "by")
    }
    return EventView(action=Action(event.action), **names)
