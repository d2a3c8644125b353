"""The code of a language from the name that a workbook gives it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from babel import Locale

#: "Tiếng Việt (vi)", "English (en-GB)": the code is in brackets; "vi" alone is a code too.
_CODE = re.compile(r"(?:.*\(([a-z]{2,3})(?:-[a-z0-9-]+)?\)|([a-z]{2,3}))\Z", re.IGNORECASE)
#: Languages whose names in Vietnamese and English are known; then some that name themselves.
_NAMED_IN = ("en", "vi")
_OWN_NAMES = (
    *("fr", "de", "es", "pt", "it", "ru", "zh", "ja", "ko", "km", "lo", "th", "my", "id", "ms"),
    *("hi", "bn", "ne", "ur", "ar", "tr", "sw"),
)
#: Languages spoken in Viet Nam, as people there call them (ISO 639-3).
_OF_VIET_NAM = {
    "tày": "tyz",
    "nùng": "nut",
    "mường": "mtq",
    "h'mông": "hmn",
    "mông": "hmn",
    "dao": "ium",
    "ê đê": "rad",
    "gia rai": "jra",
    "ba na": "bdq",
    "xơ đăng": "sed",
    "chăm": "cjm",
    "khmer": "km",
    "hoa": "zh",
}
#: Codes that ISO 639-2 keeps free for private use, for languages that nobody knows.
_PRIVATE = tuple(f"qa{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")


def code(written: str) -> str:
    """The code in ``English (en)``, of ``en``, ``English`` or ``Tiếng Anh``; empty if unknown."""
    text = " ".join(written.split())
    match = _CODE.match(text)
    # A name goes before letters that might be a code: "Lao", "Dao".
    return _by_name(text) or ((match[1] or match[2]).lower() if match else "")


def unknown(taken: Sequence[str]) -> str:
    """A code for a language of which only some other name is known."""
    return next((each for each in _PRIVATE if each not in taken), "")


def _by_name(text: str) -> str:
    name = text.casefold()
    for tried in (name, f"tiếng {name}", name.removeprefix("tiếng ")):
        for table in (_OF_VIET_NAM, *map(_names, _NAMED_IN)):
            if tried in table:
                return table[tried]
    # Reading many locales takes a moment: only for names that nothing else knows.
    return next((own for own in _OWN_NAMES if _own_name(own) == name), "") if len(name) > 3 else ""


@cache
def _names(locale: str) -> dict[str, str]:
    """Casefolded name of each language, in a locale's words, with its code of letters alone."""
    known = Locale(locale).languages
    return {name.casefold(): found for found, name in known.items() if found.isalpha()}


@cache
def _own_name(locale: str) -> str:
    return (Locale(locale).languages.get(locale) or "").casefold()
