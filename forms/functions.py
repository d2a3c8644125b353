"""ODK's functions on values.  Each takes the values of its arguments and returns one.

Source: https://getodk.github.io/xforms-spec/#xpath-functions.  ``if``, ``coalesce``, ``today``
and ``regex`` look at more than values and are compiled in ``forms.expression``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from forms.values import Value, boolean, day, number, string


def chosen(value: Value) -> tuple[str, ...]:
    """The names that a select answer holds."""
    return value if isinstance(value, tuple) else tuple(string(value).split())


def selected(value: Value, name: Value) -> bool:
    return string(name) in chosen(value)


def selected_at(value: Value, position: Value) -> str:
    names, index = chosen(value), number(position)
    inside = index == index and 0 <= index < len(names)
    return names[int(index)] if inside else ""


def count_selected(value: Value) -> int:
    return len(chosen(value))


def truncate(value: Value) -> float:
    exact = number(value)
    return math.trunc(exact) if math.isfinite(exact) else exact


def rounded(value: Value, places: Value = 0) -> float:
    """Half rounds up (towards plus infinity), as XPath 1.0 has it, not to even."""
    exact, digits = number(value), number(places)
    if not math.isfinite(exact) or not math.isfinite(digits):
        return exact
    scale = 10.0 ** int(digits)
    result = math.floor(exact * scale + 0.5) / scale
    return int(result) if digits <= 0 else result


def whole(step: Callable[[float], int]) -> Callable[[Value], float]:
    def apply(value: Value) -> float:
        exact = number(value)
        return step(exact) if math.isfinite(exact) else exact

    return apply


def extreme(pick: Callable[[list[float]], float]) -> Callable[..., float]:
    """The least or greatest of the answered arguments; NaN if none is answered."""

    def apply(*values: Value) -> float:
        numbers = [number(value) for value in values if value not in (None, "")]
        return pick(numbers) if numbers else math.nan

    return apply


def substr(text: Value, start: Value, end: Value = None) -> str:
    """Characters from ``start`` (the first is 0) up to, not including, ``end``."""
    last = None if end is None else int(number(end))
    return string(text)[int(number(start)) : last]


#: Name -> (function, type of its result).
PLAIN: dict[str, tuple[Callable[..., Value], str]] = {
    "selected": (selected, "boolean"),
    "selected-at": (selected_at, "string"),
    "count-selected": (count_selected, "number"),
    "not": (lambda value: not boolean(value), "boolean"),
    "true": (lambda: True, "boolean"),
    "false": (lambda: False, "boolean"),
    "boolean": (boolean, "boolean"),
    "number": (number, "number"),
    "int": (truncate, "number"),
    "round": (rounded, "number"),
    "floor": (whole(math.floor), "number"),
    "ceiling": (whole(math.ceil), "number"),
    "abs": (lambda value: abs(number(value)), "number"),
    "min": (extreme(min), "number"),
    "max": (extreme(max), "number"),
    "string": (string, "string"),
    "string-length": (lambda value: len(string(value)), "number"),
    "concat": (lambda *values: "".join(map(string, values)), "string"),
    "contains": (lambda text, part: string(part) in string(text), "boolean"),
    "starts-with": (lambda text, part: string(text).startswith(string(part)), "boolean"),
    "ends-with": (lambda text, part: string(text).endswith(string(part)), "boolean"),
    "substr": (substr, "string"),
    "normalize-space": (lambda value: " ".join(string(value).split()), "string"),
    "date": (day, "date"),
}
