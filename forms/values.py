"""How values behave in rules: blank, text, number, boolean, day, moment, time, and chosen names.

XPath 1.0's conversions, except for days: a day is compared with a day or an ISO text, anything
else raises.  (XPath 1.0 would turn both into NaN and answer "false" without a word.)
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

#: None is a blank: an unanswered or skipped question.  Moments are by the wall clock, zone-free.
Value = None | str | float | int | bool | date | datetime | time | tuple[str, ...]

#: What XPath 1.0 reads as a number: no exponent, no sign but minus, ASCII digits.
_NUMBER = re.compile(r"[ \t\r\n]*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(Z|[+-]..(?::?..)?)?\Z"
)
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(Z|[+-]..(?::?..)?)?\Z")

_COMPARE: dict[str, Callable[[object, object], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class ValueFault(ValueError):
    """A value that a rule cannot work with."""


def number(value: Value) -> float:
    """As a number; NaN for a blank or for text that is none.  Raises ValueFault for a day."""
    if isinstance(value, (int, float)):
        return value + 0  # True counts as 1
    if isinstance(value, (date, time)):
        raise ValueFault("a day is not a number")
    text = string(value)
    return float(text) if _NUMBER.match(text) else math.nan


def string(value: Value) -> str:
    """As text; a blank is empty, whole numbers have no decimals, a list is joined by blanks."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, time):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    return _decimal(value)


def _decimal(value: float) -> str:
    """As XPath 1.0 writes it: never with an exponent."""
    if value.is_integer():
        return str(int(value))
    if not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text


def boolean(value: Value) -> bool:
    """As a truth: blank, empty, zero and NaN are false."""
    return bool(value) and value == value


def day(value: Value) -> date | None:
    """As a day; a blank is None.  Raises ValueFault for what is neither a day nor ISO text."""
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    if value == "":
        return None
    try:
        if isinstance(value, str) and _DAY.match(value):
            return date.fromisoformat(value)
        if isinstance(value, str) and _MOMENT.match(value):
            return date.fromisoformat(value[:10])
    except ValueError:
        pass
    raise ValueFault(f"not a day: {value!r}")


def moment(value: Value) -> datetime | None:
    """As a moment by the wall clock (a zone is dropped); a day is its midnight.  Raises as day."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and (found := _MOMENT.match(value)):
        try:
            return datetime.fromisoformat(value[: found.start(1)] if found[1] else value)
        except ValueError:
            raise ValueFault(f"not a moment: {value!r}") from None
    start = day(value)
    return None if start is None else datetime.combine(start, time())


def clock(value: Value) -> time | None:
    """As a time of the day by the wall clock.  Raises ValueFault."""
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time) or value is None:
        return value
    if value == "":
        return None
    if isinstance(value, str) and (found := _TIME.match(value)):
        try:
            return time.fromisoformat(value[: found.start(1)] if found[1] else value)
        except ValueError:
            pass
    raise ValueFault(f"not a time: {value!r}")


def compare(symbol: str, left: Value, right: Value) -> bool:
    """Compare two values by the type of the more exact one: time, boolean, number, text.

    Order (< <= > >=) is for days and numbers only, as in XPath 1.0.
    """
    test = _COMPARE[symbol]
    if type(left) is str and type(right) is str and symbol in ("=", "!="):
        return test(left, right)
    if isinstance(left, (date, time)) or isinstance(right, (date, time)):
        read = _common(left, right)
        first, second = read(left), read(right)
        if first is None or second is None:
            return {"=": first is second, "!=": first is not second}.get(symbol, False)
        return test(first, second)
    if symbol not in ("=", "!="):
        return test(number(left), number(right))
    if isinstance(left, bool) or isinstance(right, bool):
        return test(boolean(left), boolean(right))
    if isinstance(left, (int, float)) or isinstance(right, (int, float)):
        return test(number(left), number(right))
    return test(string(left), string(right))


def _common(left: Value, right: Value) -> Callable[[Value], date | time | None]:
    """How both sides are read when one is a day, a moment or a time."""
    if isinstance(left, time) or isinstance(right, time):
        return clock
    return moment if isinstance(left, datetime) or isinstance(right, datetime) else day


def add(left: Value, right: Value) -> Value:
    """Sum of numbers, or a day some days later; a blank beside a day gives a blank."""
    if isinstance(left, date) or isinstance(right, date):
        start, days = (left, right) if isinstance(left, date) else (right, left)
        return _shifted(start, number(days))
    return number(left) + number(right)


def subtract(left: Value, right: Value) -> Value:
    """Difference of numbers, days between two days, or a day some days earlier.

    A blank beside a day gives a blank.
    """
    if isinstance(left, date) and isinstance(right, date):
        read = _common(left, right)
        return (read(left) - read(right)) / timedelta(days=1)
    if isinstance(left, date):
        return _shifted(left, -number(right))
    if isinstance(right, date) and left in (None, ""):
        return None
    return number(left) - number(right)


def divide(left: Value, right: Value) -> float:
    """Quotient as IEEE has it: by zero it is infinite, zero by zero NaN."""
    dividend, divisor = number(left), number(right)
    if divisor:
        return dividend / divisor
    if not dividend or dividend != dividend:
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1.0, divisor)


def modulo(left: Value, right: Value) -> float:
    """Remainder with the dividend's sign, as in XPath 1.0."""
    dividend, divisor = number(left), number(right)
    if not divisor or math.isinf(dividend):
        return math.nan
    return math.fmod(dividend, divisor)


def _shifted(start: Value, days: float) -> date | None:
    if days != days:
        return None
    whole = isinstance(start, datetime) or days == days // 1
    if not isinstance(start, date) or not math.isfinite(days) or not whole:
        raise ValueFault("a day can only be moved by a whole number of days")
    try:
        return start + timedelta(days=days)
    except OverflowError:
        raise ValueFault("out of the calendar") from None
