"""What a column of a statistical file is, whatever the file's format."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

Cell = int | float | str | date | None
Rows = Iterable[Sequence[Cell]]


class Type(StrEnum):
    #: Whole numbers with labels, or a running number.
    CODE = "code"
    NUMBER = "number"
    TEXT = "text"
    DAY = "day"


class Measure(StrEnum):
    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``values`` and ``missing`` are labels by code, ``width`` the most bytes of a
    text in UTF-8 (at least 1), ``missing_range`` the codes that are no substantive answer."""

    name: str
    label: str
    type: Type
    values: Mapping[int, str] = field(default_factory=dict)
    missing: Mapping[int, str] = field(default_factory=dict)
    missing_range: tuple[int, int] | None = None
    #: Code of a reason -> Stata's letter.
    letters: Mapping[int, str] = field(default_factory=dict)
    measure: Measure = Measure.NOMINAL
    decimals: int = 0
    width: int = 1


class DoesNotFit(ValueError):
    """More rows or columns than the format has."""

    def __init__(self, code: str, n: int, most: int) -> None:
        self.code, self.facts = code, {"n": n, "most": most}
        super().__init__(f"{code}: {n} > {most}")


def cut(text: str, most: int, *, encoding: str = "utf-8") -> str:
    """The text, or as much of it as fits into ``most`` bytes with an ellipsis, at whole letters.

    A letter keeps the marks that are combined with it.

    >>> cut("Hài lòng", 8)
    'Hài…'
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if len(text.encode(encoding)) <= most:
        return text
    room = most - len("…".encode(encoding))
    if room < 0:
        return ""
    end = len(text.encode(encoding)[:room].decode(encoding, "ignore"))
    while end and unicodedata.combining(text[end]):
        end -= 1
    return text[:end].rstrip() + "…"


def cut_letters(text: str, most: int) -> str:
    """The same for a limit in letters, as Stata has for a variable's label."""
    return cut(text, 4 * most, encoding="utf-32-le")
