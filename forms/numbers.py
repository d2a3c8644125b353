"""ODK's functions on numbers.  What is no number gives NaN, as in XPath 1.0, and never raises.

Source: https://getodk.github.io/xforms-spec/#xpath-functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from forms.moments import numeric
from forms.values import Value, boolean, number, string


def truncate(value: Value) -> float:
    exact = numeric(value)
    return math.trunc(exact) if math.isfinite(exact) else exact


def rounded(value: Value, places: Value = 0) -> float:
    """Half rounds up (towards plus infinity), as XPath 1.0 has it, not to even."""
    exact, digits = numeric(value), number(places)
    if not math.isfinite(exact) or not math.isfinite(digits) or abs(digits) > 15:
        return exact
    scale = 10.0 ** int(digits)
    result = math.floor(exact * scale + 0.5) / scale
    return int(result) if digits <= 0 else result


def whole(step: Callable[[float], int]) -> Callable[[Value], float]:
    def apply(value: Value) -> float:
        exact = number(value)
        return step(exact) if math.isfinite(exact) else exact

    return apply


def guarded(function: Callable[..., float]) -> Callable[..., float]:
    """A function of real numbers; NaN where it has no value, infinite where it overflows."""

    def apply(*values: Value) -> float:
        try:
            return function(*map(number, values))
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return apply


def power(base: float, exponent: float) -> float:
    if base == 0 and exponent < 0:
        return math.inf
    return math.pow(base, exponent)


def logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: -math.inf if x == 0 else function(x)


def answered(values: Iterable[Value]) -> list[float]:
    return [number(value) for value in values if value not in (None, "", ())]


def extreme(pick: Callable[[list[float]], float]) -> Callable[..., float]:
    """The least or greatest of the answered arguments; NaN if none is answered or one is none."""

    def apply(*values: Value) -> float:
        numbers = answered(values)
        if not numbers or any(each != each for each in numbers):
            return math.nan
        return pick(numbers)

    return apply


def total(*values: Value) -> float:
    """The sum of the answered ones; 0 of none."""
    return sum(answered(values))


def checklist(least: Value, most: Value, *values: Value) -> bool:
    """Whether between ``least`` and ``most`` (-1: any number) of the values are true."""
    return _between(sum(map(_truth, values)), least, most)


def weighted_checklist(least: Value, most: Value, *pairs: Value) -> bool:
    """As ``checklist``, where each value is followed by its weight."""
    values, weights = pairs[::2], pairs[1::2]
    found = sum(number(w) for v, w in zip(values, weights, strict=False) if _truth(v))
    return _between(found, least, most)


def _truth(value: Value) -> bool:
    """A text counts as ODK's boolean-from-string reads it; an answer "0" is no."""
    return value in ("1", "true") if isinstance(value, str) else boolean(value)


def _between(found: float, least: Value, most: Value) -> bool:
    low, high = number(least), number(most)
    return (low < 0 or found >= low) and (high < 0 or found <= high)


#: Name -> (function, type of its result).
NUMBERS: dict[str, tuple[Callable[..., Value], str]] = {
    "number": (numeric, "number"),
    "int": (truncate, "number"),
    "round": (rounded, "number"),
    "floor": (whole(math.floor), "number"),
    "ceiling": (whole(math.ceil), "number"),
    "abs": (guarded(abs), "number"),
    "pow": (guarded(power), "number"),
    "sqrt": (guarded(math.sqrt), "number"),
    "exp": (guarded(math.exp), "number"),
    "exp10": (guarded(lambda x: power(10.0, x)), "number"),
    "log": (guarded(logarithm(math.log)), "number"),
    "log10": (guarded(logarithm(math.log10)), "number"),
    "sin": (guarded(math.sin), "number"),
    "cos": (guarded(math.cos), "number"),
    "tan": (guarded(math.tan), "number"),
    "asin": (guarded(math.asin), "number"),
    "acos": (guarded(math.acos), "number"),
    "atan": (guarded(math.atan), "number"),
    "atan2": (guarded(math.atan2), "number"),
    "pi": (lambda: math.pi, "number"),
    "min": (extreme(min), "number"),
    "max": (extreme(max), "number"),
    "sum": (total, "number"),
    "checklist": (checklist, "boolean"),
    "weighted-checklist": (weighted_checklist, "boolean"),
    "boolean-from-string": (lambda value: string(value) in ("1", "true"), "boolean"),
}
