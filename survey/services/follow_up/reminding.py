"""Reminders that are owed: written down when they are made, with the words to be sent."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey.domain.calendar import local_day
from survey.domain.duty import Action
from survey.render.numbers import day
from survey.services.follow_up import duties
from survey.services.follow_up.duties import DutyView
from survey.store import waves


@dataclass(frozen=True, slots=True)
class Reminder:
    unit_code: str
    unit: str
    duty_id: int
    text: str


def remind(session: Session, slug: str, *, by: str, now: datetime) -> list[Reminder]:
    """Write down every reminder that is owed today and give its words.  Raises NotFound."""
    organisation = waves.get(session, slug).organisation
    made = []
    for duty in duties.of_wave(session, slug, now=now):
        if duty.reminder_due:
            words = text(duty, organisation, now=now)
            duties.act(session, slug, duty.id, Action.REMINDED, note=words, by=by, now=now)
            made.append(Reminder(duty.unit_code, duty.unit, duty.id, words))
    return made


def remind_all(session: Session, *, now: datetime) -> int:
    """Reminders of every wave; how many."""
    return sum(
        len(remind(session, wave.slug, by="system", now=now))
        for wave in waves.all_newest_first(session)
    )


def text(duty: DutyView, organisation: str, *, now: datetime) -> str:
    """What a reminder says."""
    late = (local_day(now) - duty.due_on).days
    when = f"hạn {day(duty.due_on, 'vi')}" + (f", đã quá {late} ngày" if late > 0 else "")
    why = "; ".join(reason["vi"].rstrip(".") for reason in duty.reasons)
    return f"{organisation} đề nghị {duty.unit} gửi “{duty.title['vi']}” ({when})." + (
        f" Lý do: {why}." if why else ""
    )


def csv_of(reminders: list[Reminder]) -> bytes:
    """One line a reminder, for whatever sends it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["unit_code", "unit", "duty", "text"])
    writer.writerows([(r.unit_code, r.unit, r.duty_id, r.text) for r in reminders])
    return out.getvalue().encode("utf-8-sig")
