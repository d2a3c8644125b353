"""Finding a name by what somebody typed: with all its marks, with some, or with none.

A letter that is typed plain stands for all letters made from it (d for đ, o for ô and ơ); a mark
that is typed must be there.  The tone counts for the syllable, wherever it was put: hoà, hòa.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_PLAIN = str.maketrans("đ", "d")


@dataclass(frozen=True, slots=True)
class Word:
    """A syllable: its letters without any mark, with their own marks, and its tone."""

    plain: str
    letters: tuple[str, ...]
    tone: str


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text, in small letters; what is neither letter nor digit parts them."""
    spaced = "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in text)
    return tuple(_word(part) for part in unicodedata.normalize("NFC", spaced).lower().split())


class Names:
    """Things by the texts they go by, ready to be searched."""

    def __init__(self, named: Sequence[Sequence[str]]) -> None:
        self._words = [tuple(word for text in texts for word in words(text)) for texts in named]
        self._plain = [" " + " ".join(word.plain for word in each) for each in self._words]

    def search(self, wanted: str) -> set[int] | None:
        """Places of the things whose texts match; None where nothing was typed."""
        asked = words(wanted)
        if not asked:
            return set() if wanted.strip() else None
        plain = [" " + each.plain for each in asked]
        return {
            place
            for place, text in enumerate(self._plain)
            if all(each in text for each in plain) and _match(asked, self._words[place])
        }


def _match(asked: Sequence[Word], have: Sequence[Word]) -> bool:
    """Whether each word asked for begins one of these, in whatever order."""
    return all(any(_begins(each, word) for word in have) for each in asked)


def _begins(typed: Word, word: Word) -> bool:
    return (
        word.plain.startswith(typed.plain)
        and (not typed.tone or typed.tone == word.tone)
        and all(
            mine in (own, bare)
            for mine, own, bare in zip(typed.letters, word.letters, word.plain, strict=False)
        )
    )


def _word(text: str) -> Word:
    letters, plain, tone = [], [], ""
    for symbol in text:
        parts = unicodedata.normalize("NFD", symbol)
        tone = next((part for part in parts if part in _TONES), tone)
        kept = "".join(part for part in parts if part not in _TONES)
        letters.append(unicodedata.normalize("NFC", kept))
        base = "".join(part for part in kept if not unicodedata.combining(part))
        plain.append(base.translate(_PLAIN))
    return Word("".join(plain), tuple(letters), tone)
