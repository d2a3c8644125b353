"""The local day.  Viet Nam keeps UTC+7 all year and has no daylight saving time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

LOCAL = timezone(timedelta(hours=7), "ICT")


def local_day(instant: datetime) -> date:
    return instant.astimezone(LOCAL).date()


def start_of_day(instant: datetime) -> datetime:
    """The first moment of the instant's local day."""
    return datetime.combine(local_day(instant), time(), LOCAL)
