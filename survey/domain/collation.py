"""Vietnamese alphabetical order, the same in Python lists, SQLite and PostgreSQL's vi-x-icu.

Letters first (a ă â b … d đ e ê … o ô ơ … u ư …), then tones (ngang huyền hỏi ngã sắc nặng),
then small before capital.  Each level is compared over the whole text before the next counts,
as the Unicode collation algorithm does with the CLDR rules for Vietnamese.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_LETTERS = (
    "a", "ă", "â", "b", "c", "d", "đ", "e", "ê", "f", "g", "h", "i", "j", "k", "l", "m", "n",
    "o", "ô", "ơ", "p", "q", "r", "s", "t", "u", "ư", "v", "w", "x", "y", "z",
)  # fmt: skip
_SIGNS = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền hỏi ngã sắc nặng; ngang has no mark
_LETTER_MARKS = "\u0306\u0302\u031b"  # breve, circumflex, horn: a different letter, not a tone

_PRIMARY = {symbol: rank for rank, symbol in enumerate((*_SIGNS, *_LETTERS))}
_SECONDARY = {mark: rank for rank, mark in enumerate(_TONES, start=1)}

SortKey = tuple[tuple[int, ...], tuple[int, ...], tuple[bool, ...], str]


@lru_cache(maxsize=4096)
def sort_key(text: str) -> SortKey:
    """Key for ``sorted``: letters, tones, case, and the text itself so that no two are equal."""
    composed = unicodedata.normalize("NFC", text)
    letters, tones, capitals = [], [], []
    for symbol in composed:
        letter, tone = _split(symbol)
        if not letter:  # a mark that composes with nothing belongs to the letter before it
            tones[-1:] = [tone]
            continue
        letters.append(_primary(letter.lower()))
        tones.append(tone)
        capitals.append(letter != letter.lower())
    return tuple(letters), tuple(tones), tuple(capitals), composed


def compare(left: str, right: str) -> int:
    """-1, 0 or 1, for ``sqlite3.Connection.create_collation``."""
    a, b = sort_key(left), sort_key(right)
    return (a > b) - (a < b)


def _split(symbol: str) -> tuple[str, int]:
    """A composed symbol as its letter (with breve, circumflex or horn) and the rank of its tone."""
    base, tone = "", 0
    for part in unicodedata.normalize("NFD", symbol):
        if not unicodedata.combining(part) or part in _LETTER_MARKS:
            base += part
        else:
            tone = _SECONDARY.get(part, len(_SECONDARY) + ord(part))
    return unicodedata.normalize("NFC", base), tone


def _primary(letter: str) -> int:
    """Rank of a letter; what Vietnamese does not know comes after, by code point."""
    return _PRIMARY.get(letter, len(_PRIMARY) + ord(letter[0]))
