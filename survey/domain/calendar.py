"""The local day.  Viet Nam keeps UTC+7 all year and has no daylight saving time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

LOCAL = timezone(timedelta(hours=7), "ICT")


def local_day(instant: datetime) -> date:
    return instant.astimezone(LOCAL).date()


def local_minute(instant: datetime) -> str:
    """The minute on the wall clock: ``2026-03-01T07:05``."""
    return instant.astimezone(LOCAL).replace(tzinfo=None).isoformat(timespec="minutes")


def start_of_day(instant: datetime) -> datetime:
    """The first moment of the instant's local day."""
    return datetime.combine(local_day(instant), time(), LOCAL)
