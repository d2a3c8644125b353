"""One text that was sent, read as a question's kind has it, or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from forms import messages
from forms.model import MAX_TEXT, Kind

_INTEGER = re.compile(r"[+-]?[0-9]{1,15}\Z")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,10})?\Z")
#: "1.234" is 1234 to one reader and 1.234 to the next; "0,125" is clear.
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[.,][0-9]{3})+\Z")
#: A file's digest and the ending of its kind.
_KEPT = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{2,4}\Z")
#: Between latitude and longitude: a semicolon, blanks, or a comma with a blank behind it.
_BETWEEN = re.compile(r"[;\s]+|,\s+|(?<=[0-9]),(?=[-+]?[0-9]+\.)")
#: One cleaned text to a value, by kind of question.
Readers = Mapping[Kind, Callable[[str], Any]]


@dataclass(frozen=True)
class Problem:
    """Why an answer was refused, in every language."""

    code: str
    messages: Mapping[str, str]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def message(self, language: str) -> str:
        """The message in a language, else in Vietnamese."""
        return self.messages.get(language) or self.messages["vi"]


class Refused(Exception):
    """One answer cannot be taken; carries the problem."""

    def __init__(self, code: str, **facts: Any) -> None:
        self.problem = Problem(code, messages.texts(code, facts), facts)
        super().__init__(code)


def _text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Refused("answer.too_long", length=len(text), limit=MAX_TEXT)
    return text


def _integer(text: str) -> int:
    if _INTEGER.match(text) is None:
        raise Refused("answer.ambiguous_number" if _GROUPED.match(text) else "answer.not_integer")
    return int(text)


def _decimal(text: str) -> float:
    if _GROUPED.match(text):
        raise Refused("answer.ambiguous_number")
    if _DECIMAL.match(text) is None:
        raise Refused("answer.not_decimal")
    return float(text.replace(",", "."))


def _day(text: str) -> str:
    found = _stamp(text, "%Y-%m-%d", "%d/%m/%Y")
    if found is None:
        raise Refused("answer.not_date")
    return found.date().isoformat()


def _clock(text: str) -> str:
    found = _stamp(text, "%H:%M", "%H:%M:%S", "%Hh%M", "%H giờ %M")
    if found is None:
        raise Refused("answer.not_time")
    return f"{found:%H:%M}"


def _moment(text: str) -> str:
    found = _stamp(text, "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M")
    if found is None:
        raise Refused("answer.not_moment")
    return f"{found:%Y-%m-%dT%H:%M}"


def _stamp(text: str, *forms: str) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _place(text: str) -> str:
    """Latitude and longitude in degrees; behind them what a device adds (height, accuracy)."""
    numbers = [part.replace(",", ".") for part in _BETWEEN.split(text) if part]
    if not 2 <= len(numbers) <= 4 or not all(map(_DECIMAL.match, numbers)):
        raise Refused("answer.not_place")
    if abs(float(numbers[0])) > 90 or abs(float(numbers[1])) > 180:
        raise Refused("answer.not_place")
    return " ".join(numbers)


def within(number: float, parameters: Mapping[str, str]) -> float | int:
    """A number of a range, whole where the range's steps are.  Raises Refused."""
    start, end, step = (Decimal(parameters[key]) for key in ("start", "end", "step"))
    given = Decimal(str(number))
    if not start <= given <= end or (given - start) % step:
        raise Refused("answer.range", **parameters)
    return int(given) if start == int(start) and step == int(step) else number


def ranked(texts: Sequence[str], names: Sequence[str]) -> list[str]:
    """All options from first to last.

    A page sends ``name:rank`` for each option, a field client the names in their order.
    Raises Refused.
    """
    if any(":" in text for text in texts):
        places = dict(text.rpartition(":")[::2] for text in texts)
        wanted = {str(rank) for rank in range(1, len(names) + 1)}
        if set(places) != set(names) or set(places.values()) != wanted:
            raise Refused("answer.rank")
        return sorted(names, key=lambda name: int(places[name]))
    if sorted(texts) != sorted(names):
        raise Refused("answer.rank")
    return list(texts)


def _kept_file(text: str) -> str:
    """The name of a file that is kept already: nothing that is typed can be one."""
    if _KEPT.match(text) is None:
        raise Refused("answer.file_lost")
    return text


#: How a page's text of each kind is read.  Each raises Refused.
READERS: Readers = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _day,
    Kind.TIME: _clock,
    Kind.DATETIME: _moment,
    Kind.GEOPOINT: _place,
    Kind.BARCODE: _text,
    Kind.IMAGE: _kept_file,
    Kind.AUDIO: _kept_file,
}
