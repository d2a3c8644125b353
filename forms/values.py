"""How values behave in rules: blank, text, number, boolean, day, and a list of chosen names.

XPath 1.0's conversions, except for days: a day is compared with a day or an ISO text, anything
else raises.  (XPath 1.0 would turn both into NaN and answer "false" without a word.)
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from datetime import date, timedelta

#: None is a blank: an unanswered or skipped question.
Value = None | str | float | int | bool | date | tuple[str, ...]

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
    if isinstance(value, date):
        raise ValueFault("a day is not a number")
    try:
        return float(string(value))
    except ValueError:
        return math.nan


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
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "NaN" if value != value else str(value)


def boolean(value: Value) -> bool:
    """As a truth: blank, empty, zero and NaN are false."""
    return bool(value) and value == value


def day(value: Value) -> date | None:
    """As a day; a blank is None.  Raises ValueFault for what is neither a day nor ISO text."""
    if value is None or isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise ValueFault(f"not a day: {value!r}") from None
    raise ValueFault(f"not a day: {value!r}")


def compare(symbol: str, left: Value, right: Value) -> bool:
    """Compare two values by the type of the more exact one: day, boolean, number, text.

    Order (< <= > >=) is for days and numbers only, as in XPath 1.0.
    """
    test = _COMPARE[symbol]
    if type(left) is str and type(right) is str and symbol in ("=", "!="):
        return test(left, right)
    if isinstance(left, date) or isinstance(right, date):
        first, second = day(left), day(right)
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


def add(left: Value, right: Value) -> Value:
    """Sum of numbers, or a day some days later."""
    if isinstance(left, date) or isinstance(right, date):
        start, days = (left, right) if isinstance(left, date) else (right, left)
        return _shifted(start, number(days))
    return number(left) + number(right)


def subtract(left: Value, right: Value) -> Value:
    """Difference of numbers, days between two days, or a day some days earlier."""
    if isinstance(left, date) and isinstance(right, date):
        return (left - right).days
    if isinstance(left, date):
        return _shifted(left, -number(right))
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


def _shifted(start: Value, days: float) -> date:
    if not isinstance(start, date) or not math.isfinite(days) or days != int(days):
        raise ValueFault("a day can only be moved by a whole number of days")
    try:
        return start + timedelta(days=int(days))
    except OverflowError:
        raise ValueFault("out of the calendar") from None
