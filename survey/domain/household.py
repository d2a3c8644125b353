"""Household rounds: which households of a listed area, and which adult of each, are asked.

The tablet decides without a network and the server decides again, so nothing here depends on more
than whole numbers and bytes: ``tablet/src/household.js`` says the same, and both are held to one
file of cases.  Everything follows from the public seed, the area's code and the digest of the
closed listing.  Whoever changes a line of the listing changes all of the draw.

Sources: Kish (1949), JASA 44 (respondent selection within the household), with hash numbers in
place of the printed tables, which give some adults no exact 1 / k; Särndal, Swensson and Wretman
(1992), sec. 3.4 (systematic sampling); RFC 2104 (HMAC).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any

from survey.errors import Problem

#: Named in every hash: another rule gets another name.
RULE = "household-1"
#: Between the parts of what is hashed; no part may hold it.
SEPARATOR = "\x1f"
METHODS = ("systematic", "srs")
MAX_ENTRIES = 2_000
MAX_NUMBER = 9_999
MAX_ADULTS = 50
MAX_NOTE = 200
_SPACE = 2**48


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One dwelling of a listing: order number, where it is (no names), adults who live there.

    ``adults``: None where nobody could say; such a household may be drawn.  0: nobody of age lives
    there, so it is no household of the round.
    """

    number: int
    note: str
    adults: int | None


def entries(told: object) -> tuple[list[Entry], list[Problem]]:
    """A listing as a device sends it, ``[number, note, adults]`` a line, and all its faults."""
    if not isinstance(told, list) or len(told) > MAX_ENTRIES:
        return [], [Problem("household.lines", "Danh sách hộ không đọc được.")]
    found, problems, seen = [], [], set()
    for row, line in enumerate(told, 1):
        fault = _fault(row, line, seen)
        if fault is not None:
            problems.append(fault)
        else:
            found.append(Entry(*line))
            seen.add(line[0])
    return sorted(found), problems


def _fault(row: int, line: object, seen: set[int]) -> Problem | None:
    place = {"row": row}
    if not isinstance(line, list) or len(line) != 3:
        return Problem("household.line", "Dòng %(row)s: không đọc được.", place)
    number, note, adults = line
    if type(number) is not int or not 1 <= number <= MAX_NUMBER:
        return Problem("household.number", "Dòng %(row)s: số thứ tự hộ phải từ 1 đến 9999.", place)
    if number in seen:
        return Problem("household.twice", "Dòng %(row)s: số thứ tự hộ đã có ở dòng trên.", place)
    if not isinstance(note, str) or len(note) > MAX_NOTE or not _is_plain(note):
        return Problem("household.note", "Dòng %(row)s: ghi chú dài quá hoặc có ký tự lạ.", place)
    if adults is not None and (type(adults) is not int or not 0 <= adults <= MAX_ADULTS):
        return Problem("household.adults", "Dòng %(row)s: số người lớn phải từ 0 đến 50.", place)
    return None


def _is_plain(text: str) -> bool:
    return all(ch >= " " and ch != "\x7f" and not "\ud800" <= ch <= "\udfff" for ch in text)


def listing_digest(area: str, listing: Iterable[Entry]) -> str:
    """sha256, in hex, of the area's code and the lines in the order of their numbers."""
    lines = [
        SEPARATOR.join([str(e.number), "" if e.adults is None else str(e.adults), e.note])
        for e in sorted(listing, key=lambda e: e.number)
    ]
    return sha256("\n".join([RULE, area, *lines]).encode()).hexdigest()


def below(seed: str, parts: Sequence[str], bound: int) -> int:
    """A number from 0 to ``bound`` - 1, each with the same probability.

    48 bits of HMAC-SHA256(seed, parts and a counter); a value in the last, incomplete run of
    ``bound`` values is thrown away and the counter goes on.
    """
    whole = _SPACE - _SPACE % bound
    counter = 0
    while True:
        value = int.from_bytes(_mac(seed, [*parts, str(counter)])[:6])
        if value < whole:
            return value % bound
        counter += 1


def households(
    seed: str,
    area: str,
    listing: Sequence[Entry],
    wanted: int,
    method: str,
    digest: str = "",
) -> list[int]:
    """Numbers of the drawn households, ascending; all of them where there are no more.

    ``systematic``: with N households, n wanted and a start r from 0 to N - 1, those at the places
    ⌊(r + k N) / n⌋, k = 0 … n - 1: every household stands at exactly n of the N starts.  ``srs``:
    the n smallest of one hash number a household.  ``digest``: that of the listing as it was
    closed, where addresses have been deleted from it since (`thinned`).
    """
    eligible = sorted(entry.number for entry in listing if entry.adults != 0)
    if len(eligible) <= wanted:
        return eligible
    digest = digest or listing_digest(area, listing)
    if method == "srs":
        by_hash = sorted(eligible, key=lambda n: _mac(seed, [area, digest, "household", str(n)]))
        return sorted(by_hash[:wanted])
    start = below(seed, [area, digest, "start"], len(eligible))
    return [eligible[(start + k * len(eligible)) // wanted] for k in range(wanted)]


def adult(seed: str, area: str, digest: str, number: int, adults: int) -> int:
    """Which adult of a household is asked: 1 to ``adults``, counted from the oldest down."""
    return 1 + below(seed, [area, digest, "adult", str(number)], adults)


def thinned(listing: Iterable[Entry]) -> list[Entry]:
    """A listing without addresses and without how many adults there are: enough to draw again."""
    return [Entry(entry.number, "", 0 if entry.adults == 0 else 1) for entry in listing]


def household_share(listing: Sequence[Entry], wanted: int) -> Fraction:
    """Probability of each household of a listing, given its area: min(1, n / N)."""
    n_eligible = sum(entry.adults != 0 for entry in listing)
    return Fraction(min(wanted, n_eligible), n_eligible) if n_eligible else Fraction(1)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a device says about the person it interviewed."""

    area: str
    digest: str
    number: int
    adults: int
    adult: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Selection | None:
        """None: not readable."""
        try:
            made = cls(*(told[name] for name in ("area", "digest", "number", "adults", "adult")))
        except (KeyError, TypeError):
            return None
        texts = isinstance(made.area, str) and isinstance(made.digest, str)
        numbers = all(type(n) is int for n in (made.number, made.adults, made.adult))
        return made if texts and numbers and 1 <= made.adults <= MAX_ADULTS else None


def selection_fault(
    told: Selection, *, seed: str, area: str, digest: str, number: int, asks_adult: bool = True
) -> dict[str, Any] | None:
    """The first thing in which a device's selection is not the server's: what and both values."""
    wanted = {"area": area, "digest": digest, "number": number}
    if asks_adult:
        wanted["adult"] = adult(seed, area, digest, number, told.adults)
    for name, value in wanted.items():
        if getattr(told, name) != value:
            return {"differs": name, "told": getattr(told, name), "wanted": value}
    return None


def _mac(seed: str, parts: Sequence[str]) -> bytes:
    return hmac.digest(seed.encode(), SEPARATOR.join([RULE, *parts]).encode(), "sha256")
