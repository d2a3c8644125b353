"""Open what units owe: from a released table's alerts, from the year's plan, on demand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.calendar import local_day
from survey.domain.duty import Action, Kind
from survey.domain.text import clean_line
from survey.errors import InvalidInput
from survey.services.follow_up import duties
from survey.store import audit, waves
from survey.store.models import Duty, IndexRelease, IndexRun, Wave

#: Month and day, of the year after the window.  10 April: the directive, for plans and jobs.
DEFAULTS: dict[str, Any] = {
    "remedy_due": "04-10",
    "breakthrough_due": "04-10",
    #: A table that is released late leaves at least so many days.
    "least_days": 15,
    #: Reports: month and day in the year they are of; a setting of the office, without a source.
    "reports": {"Q1": "03-25", "H1": "06-25", "Q3": "09-25", "Y": "12-15"},
}
PERIODS = {
    "Q1": {"vi": "Báo cáo quý I", "en": "Report, first quarter"},
    "H1": {"vi": "Báo cáo sáu tháng", "en": "Six-month report"},
    "Q3": {"vi": "Báo cáo quý III", "en": "Report, third quarter"},
    "Y": {"vi": "Báo cáo năm", "en": "Annual report"},
}


@dataclass(frozen=True, slots=True)
class Opened:
    n_remedies: int = 0
    n_breakthroughs: int = 0
    n_reports: int = 0
    #: Remedy plans that a corrected table no longer asks for.
    n_lifted: int = 0


def from_release(session: Session, slug: str, *, by: str, now: datetime) -> Opened:
    """Remedy plans for the alerts of the released table, a breakthrough job for every unit.

    Nothing is opened twice; a plan still owed that the table no longer asks for is lifted.  Raises
    NotFound; without a release there is nothing to do.
    """
    wave = waves.get(session, slug)
    release = session.scalars(
        select(IndexRelease)
        .where(IndexRelease.wave_id == wave.id)
        .order_by(IndexRelease.number.desc())
        .limit(1)
    ).one_or_none()
    if release is None:
        return Opened()
    table = session.get_one(IndexRun, release.index_run_id).table
    ids = duties.unit_ids(session, wave)
    alerts = {
        ids[row["unit_code"], date.fromisoformat(row["valid_from"])]: [
            alert["text"] for alert in row["alerts"]
        ]
        for row in table["rows"]
    }
    n_lifted = 0
    for unit_id, owed in duties.waiting(session, wave, Kind.REMEDY).items():
        if not alerts.get(unit_id):
            note = f"Bản công bố số {release.number} không còn lý do."
            duties.lift(session, owed, note, by=by, now=now)
            n_lifted += 1
    n_remedies = sum(
        _opened(session, wave, unit_id, Kind.REMEDY, f"r{release.number}", texts, by=by, now=now)
        for unit_id, texts in alerts.items()
        if texts
    )
    n_breakthroughs = sum(
        _opened(session, wave, unit_id, Kind.BREAKTHROUGH, "", (), by=by, now=now)
        for unit_id in ids.values()
    )
    audit.append(
        session, "duties.opened", by=by, at=now, wave=slug, remedies=n_remedies,
        breakthroughs=n_breakthroughs, lifted=n_lifted,
    )  # fmt: skip
    return Opened(n_remedies, n_breakthroughs, 0, n_lifted)


def _opened(
    session: Session, wave: Wave, unit_id: int, kind: Kind, period: str, texts: Any, *, by: str,
    now: datetime,
) -> bool:  # fmt: skip
    if kind is Kind.REMEDY and _has_live_remedy(session, wave, unit_id):
        return False
    day = _settings(wave)[f"{kind}_due"]
    soonest = local_day(now) + timedelta(days=int(_settings(wave)["least_days"]))
    due = max(_day(wave.window_to.year + 1, day), soonest)
    made = duties.open_duty(
        session, wave, unit_id, kind, due_on=due, period=period, reasons=texts, by=by, now=now
    )
    return made is not None


def _has_live_remedy(session: Session, wave: Wave, unit_id: int) -> bool:
    """One plan at a time: a correction does not ask again for what is under way or done."""
    query = select(Duty).where(
        Duty.wave_id == wave.id, Duty.unit_id == unit_id, Duty.kind == Kind.REMEDY
    )
    return any(
        all(event.action != Action.LIFTED for event in each.events)
        for each in session.scalars(query)
    )


def schedule_reports(session: Session, slug: str, year: int, *, by: str, now: datetime) -> Opened:
    """The reports that every unit owes in a year.  Raises NotFound, InvalidInput."""
    wave = waves.get(session, slug)
    if not 2000 <= year <= 2100:
        raise InvalidInput("Năm phải từ 2000 đến 2100.", code="duty.bad_year")
    n = 0
    for period, day in _settings(wave)["reports"].items():
        words = PERIODS.get(period, {"vi": f"Báo cáo {period}", "en": f"Report {period}"})
        title = {"vi": f"{words['vi']} năm {year}", "en": f"{words['en']}, {year}"}
        n += _for_every_unit(
            session, wave, f"{year}-{period}", title, _day(year, day), by=by, now=now
        )
    audit.append(session, "duties.reports_scheduled", by=by, at=now, wave=slug, year=year, n=n)
    return Opened(n_reports=n)


def ask_report(
    session: Session, slug: str, title: str, due_on: date | None, *, by: str, now: datetime
) -> Opened:
    """A report on demand from every unit.  Raises NotFound, InvalidInput."""
    wave, words = waves.get(session, slug), clean_line(title)[:200]
    if not words or due_on is None or due_on < local_day(now):
        raise InvalidInput(
            "Báo cáo đột xuất cần tên và hạn từ hôm nay trở đi.", code="duty.bad_request"
        )
    period = f"{local_day(now)}-{re.sub(r'[^0-9a-z]+', '-', words.lower())[:40].strip('-')}"
    n = _for_every_unit(session, wave, period, {"vi": words, "en": words}, due_on, by=by, now=now)
    audit.append(session, "duties.report_asked", by=by, at=now, wave=slug, title=words, n=n)
    return Opened(n_reports=n)


def _for_every_unit(
    session: Session, wave: Wave, period: str, title: Mapping[str, str], due_on: date, *, by: str,
    now: datetime,
) -> int:  # fmt: skip
    made = [
        duties.open_duty(
            session, wave, unit_id, Kind.REPORT, due_on=due_on, period=period, title=title, by=by,
            now=now,
        )
        for unit_id in duties.unit_ids(session, wave).values()
    ]  # fmt: skip
    return sum(each is not None for each in made)


def _settings(wave: Wave) -> dict[str, Any]:
    return DEFAULTS | dict(wave.settings.get("follow_up", {}))


def _day(year: int, month_day: str) -> date:
    month, day = (int(part) for part in month_day.split("-"))
    return date(year, month, day)
