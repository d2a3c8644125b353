"""The codebook as a table: a line a column, and below it a line a code."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from forms.faces.codebook import Code
from forms.faces.described import OTHER, Entry
from forms.model import Text

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WORDED = ("label", "question", "hint", "universe", "media", "meaning")


def write(entries: Sequence[Entry], languages: Sequence[str]) -> bytes:
    """UTF-8 with a byte order mark; texts in every language side by side.

    ``missing`` is 1 for a code that is no substantive answer, with Stata's letter beside it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    worded = [f"{name}_{language}" for name in _WORDED for language in languages]
    writer.writerow(["name", "type", "weight", *worded, "code", "option", "missing", "stata", "n"])
    for entry in entries:
        own = (entry.labels, entry.question, entry.hints, entry.universe, entry.media, {})
        writer.writerow(
            [
                *(entry.name, entry.storage.value, int(entry.is_weight)),
                *_texts(own, languages),
                *("", "", "", "", _count(entry, OTHER)),
            ]
        )
        for codes, missing in ((entry.codes, 0), (entry.missing, 1)):
            for code in codes:
                writer.writerow(_code(entry, code, missing, languages))
    return text.getvalue().encode("utf-8-sig")


def _code(entry: Entry, code: Code, missing: int, languages: Sequence[str]) -> list[object]:
    letter = f".{entry.letters[code.value]}" if missing else ""
    return [
        *(entry.name, "", ""),
        *_texts(({}, {}, {}, {}, {}, code.labels), languages),
        *(code.value, code.option, missing, letter, _count(entry, code.value)),
    ]


def _count(entry: Entry, key: int | str) -> int | str:
    if not entry.counts or (key == OTHER and key not in entry.counts):
        return ""
    return entry.counts.get(key, 0)


def _texts(texts: Sequence[Text], languages: Sequence[str]) -> list[str]:
    return [_safe(each.get(language, "")) for each in texts for language in languages]


def _safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
