"""ODK's functions on days, moments and times of the day, all by the wall clock.

Source: https://getodk.github.io/xforms-spec/#xpath-functions (date, date-time, decimal-date-time,
decimal-time, format-date, format-date-time).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from forms.values import Value, ValueFault, clock, day, moment, number, string

_EPOCH = datetime.combine(date(1970, 1, 1), time())
_ONE_DAY = timedelta(days=1)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def numeric(value: Value) -> float:
    """``number()``: a day or moment is the days since 1970-01-01, a time the share of its day."""
    if isinstance(value, time):
        return decimal_time(value)
    if isinstance(value, date):
        return decimal_moment(value)
    return number(value)


def to_day(value: Value) -> date | None:
    """``date()``: a day, its ISO text, or a number of days since 1970-01-01."""
    if isinstance(value, (int, float)):
        return _after_epoch(math.floor(value) if math.isfinite(value) else value).date()
    return day(value)


def to_moment(value: Value) -> datetime | None:
    """``date-time()``: a moment, a day's midnight, or a number of days since 1970-01-01."""
    return _after_epoch(value) if isinstance(value, (int, float)) else moment(value)


def _after_epoch(days: float) -> datetime:
    if not math.isfinite(days):
        raise ValueFault("not a number of days")
    try:
        return _EPOCH + timedelta(days=days)
    except OverflowError:
        raise ValueFault("out of the calendar") from None


def decimal_moment(value: Value) -> float:
    """Days since 1970-01-01 with the part of the day; NaN for a blank."""
    found = to_moment(value)
    if found is None:
        return math.nan
    days = (found - _EPOCH) / _ONE_DAY
    return int(days) if days.is_integer() else days


def decimal_time(value: Value) -> float:
    """Share of the day that has passed: 0.5 at noon; NaN for a blank."""
    found = clock(value)
    if found is None:
        return math.nan
    passed = datetime.combine(_EPOCH, found) - _EPOCH
    return passed / _ONE_DAY


_PARTS: dict[str, Callable[[datetime], str]] = {
    "Y": lambda m: f"{m.year:04}",
    "y": lambda m: f"{m.year % 100:02}",
    "m": lambda m: f"{m.month:02}",
    "n": lambda m: str(m.month),
    "b": lambda m: _MONTHS[m.month - 1],
    "d": lambda m: f"{m.day:02}",
    "e": lambda m: str(m.day),
    "H": lambda m: f"{m.hour:02}",
    "h": lambda m: str(m.hour),
    "M": lambda m: f"{m.minute:02}",
    "S": lambda m: f"{m.second:02}",
    "3": lambda m: f"{m.microsecond // 1000:03}",
    "a": lambda m: _WEEKDAYS[m.weekday()],
    "%": lambda m: "%",
}


def formatted(value: Value, pattern: Value) -> str:
    """``format-date`` and ``format-date-time``: "%d/%m/%Y" filled; a blank gives a blank."""
    found = to_moment(value)
    if found is None:
        return ""
    pieces, rest = [], iter(string(pattern))
    for character in rest:
        if character != "%":
            pieces.append(character)
            continue
        mark = next(rest, "")
        if mark not in _PARTS:
            raise ValueFault(f"no such part of a day: %{mark}")
        pieces.append(_PARTS[mark](found))
    return "".join(pieces)


#: Name -> (function, type of its result).
MOMENTS: dict[str, tuple[Callable[..., Value], str]] = {
    "date": (to_day, "date"),
    "date-time": (to_moment, "datetime"),
    "decimal-date-time": (decimal_moment, "number"),
    "decimal-time": (decimal_time, "number"),
    "format-date": (formatted, "string"),
    "format-date-time": (formatted, "string"),
}
