"""ODK's functions on values.  Each takes the values of its arguments and returns one.

Source: https://getodk.github.io/xforms-spec/#xpath-functions.  Functions that look at more than
values (``if``, ``coalesce``, ``once``, ``today``, ``regex``, ``pulldata`` ...) are compiled in
``forms.compiler`` and ``forms.lookups``.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

from forms.geography import GEOGRAPHY
from forms.moments import MOMENTS
from forms.numbers import NUMBERS
from forms.values import Value, ValueFault, boolean, number, string

_DIGESTS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
_SPACE = re.compile("[ \t\r\n]+")


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


def substr(text: Value, start: Value, end: Value = None) -> str:
    """Characters from ``start`` (the first is 0) up to, not including, ``end``.

    A negative place counts from the end.
    """
    whole, first = string(text), number(start)
    last = len(whole) if end is None else number(end)
    if first != first or last != last:
        return ""
    return whole[_place(whole, first) : _place(whole, last)]


def _place(text: str, index: float) -> int:
    """An index within the text."""
    exact = max(-len(text), min(index, len(text)))
    return int(exact) + (len(text) if exact < 0 else 0)


def join(separator: Value, *values: Value) -> str:
    return string(separator).join(map(string, values))


def translate(text: Value, before: Value, after: Value) -> str:
    """Characters of ``before`` replaced by those at the same place of ``after``, or left out."""
    new = string(after)
    table: dict[int, str] = {}
    for index, character in enumerate(string(before)):
        table.setdefault(ord(character), new[index : index + 1])
    return string(text).translate(table)


def substring_before(text: Value, mark: Value) -> str:
    before, found, _ = string(text).partition(string(mark)) if mark else ("", "", "")
    return before if found else ""


def substring_after(text: Value, mark: Value) -> str:
    return string(text).partition(string(mark))[2] if mark else string(text)


def normalize_space(value: Value) -> str:
    return _SPACE.sub(" ", string(value)).strip(" ")


def digest(data: Value, algorithm: Value, encoding: Value = "base64") -> str:
    """The hash of a text in UTF-8.  Raises ValueFault for another algorithm or encoding."""
    name, written = string(algorithm).upper(), string(encoding).lower()
    if name not in _DIGESTS or written not in ("base64", "hex"):
        raise ValueFault(f"digest: {name} {written}")
    made = hashlib.new(_DIGESTS[name], string(data).encode(), usedforsecurity=False).digest()
    return made.hex() if written == "hex" else base64.b64encode(made).decode()


#: Name -> (function, type of its result).
PLAIN: dict[str, tuple[Callable[..., Value], str]] = {
    **NUMBERS,
    **MOMENTS,
    **GEOGRAPHY,
    "selected": (selected, "boolean"),
    "selected-at": (selected_at, "string"),
    "count-selected": (count_selected, "number"),
    "not": (lambda value: not boolean(value), "boolean"),
    "true": (lambda: True, "boolean"),
    "false": (lambda: False, "boolean"),
    "boolean": (boolean, "boolean"),
    "string": (string, "string"),
    "string-length": (lambda value: len(string(value)), "number"),
    "concat": (lambda *values: "".join(map(string, values)), "string"),
    "join": (join, "string"),
    "contains": (lambda text, part: string(part) in string(text), "boolean"),
    "starts-with": (lambda text, part: string(text).startswith(string(part)), "boolean"),
    "ends-with": (lambda text, part: string(text).endswith(string(part)), "boolean"),
    "substr": (substr, "string"),
    "substring-before": (substring_before, "string"),
    "substring-after": (substring_after, "string"),
    "translate": (translate, "string"),
    "normalize-space": (normalize_space, "string"),
    "digest": (digest, "string"),
    "count": (lambda *values: len(values), "number"),
    "count-non-empty": (lambda *values: sum(v not in (None, "", ()) for v in values), "number"),
}

#: Functions that take every value of a list of nodes; any other takes one value.
GATHERING = frozenset(
    {"count", "count-non-empty", "sum", "min", "max", "join", "concat", "area", "distance"}
)
