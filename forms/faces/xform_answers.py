"""A submission from a field client, turned into the same stored answers as the pages give.

Shape and rules are those of ``forms.answers``; only how a number is written differs, since XML
has one way of writing it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from forms import answers, routing
from forms.answers import Parsed, Problem, Refused
from forms.faces.instance import Instance, instant
from forms.faces.xform_sheets import CASE, END, START, sheets
from forms.model import FILES, Kind, Questionnaire

_FILE = re.compile(r"[^/\\\x00-\x1f]{1,200}\.[A-Za-z0-9]{1,8}\Z")
#: Seconds, and the zone behind them.
_SECONDS = re.compile(r"(?<=[0-9]{2}:[0-9]{2}):[0-9]{2}(?:\.[0-9]+)?(?:Z|[-+][0-9:]+)?\Z")
_EXPONENT = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?[eE][+-]?[0-9]{1,2}\Z")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,10})?\Z")


@dataclass(frozen=True)
class Submission:
    """What one submission says.

    Attributes
    ----------
    values : dict
        Typed answers on the path by question, blanks left out: what ``routing.prune`` keeps.
    problems : dict of str to Problem
        Refused answers by question, as a page would refuse them.
    skipped : tuple of str
        Questions that were sent with an answer although they do not apply; the answer is not
        in ``values``.
    hidden : mapping of str to str
        What the client held in hidden and calculated rows; the server's own context wins.
    case, order_seed : str
        The case that was chosen, and the number that fixed the order of options.
    started_at, ended_at : datetime or None
        By the client's clock, with its zone.
    unknown : tuple of str
        Paths that the form does not have.
    repeated : tuple of str
        Paths that came more than once; the first counts.
    """

    instance: Instance
    values: dict[str, Any]
    problems: dict[str, Problem]
    skipped: tuple[str, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    case: str = ""
    order_seed: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    unknown: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether every answer could be taken and every node has its place."""
        return not (self.problems or self.unknown or self.repeated)


def read(
    q: Questionnaire,
    instance: Instance,
    context: routing.Context,
    *,
    case_file: str = "",
) -> Submission:
    """Read a submission of a questionnaire.

    Parameters
    ----------
    context : mapping
        Texts of hidden rows as the server knows them; a hidden row that it leaves out has what
        the client held.  Rules that ask for today see the day on which the interview ended, by
        the client's clock and zone, else the context's ``today``.
    case_file : str
        As in ``forms.faces.xform.build`` when the form was made.
    """
    found = _Found.of(q, instance, case_file)
    ended_at = instant(found.own.get(END, ""))
    hidden = {row.name: found.raw.pop(row.name, "") for row in q.variables}
    known = {**_given(hidden), **context}
    if ended_at:
        known["today"] = ended_at.date()
    raw = {name: _split(q, name, text) for name, text in found.raw.items()}
    sections = tuple(section.name for section in q.sections)
    parsed = (
        answers.parse(q, sections, raw, {}, known, readers=READERS) if sections else Parsed({}, {})
    )
    return Submission(
        instance=instance,
        values={n: v for n, v in parsed.values.items() if not routing.is_blank(v)},
        problems=parsed.problems,
        skipped=tuple(_skipped(raw, parsed)),
        hidden=hidden,
        case=found.own.get(CASE, ""),
        order_seed=found.own.get("order_seed", ""),
        started_at=instant(found.own.get(START, "")),
        ended_at=ended_at,
        unknown=tuple(found.unknown),
        repeated=tuple(found.repeated),
        attachments=tuple(found.attachments),
    )


@dataclass
class _Found:
    """The leaves of an instance under the names that the questionnaire gives them."""

    raw: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, q: Questionnaire, instance: Instance, case_file: str) -> _Found:
        book, found = sheets(q, case_file), cls()
        files = {each.name for each in q if each.kind in FILES}
        audit = instance.meta.get("audit", "")
        found.attachments += [audit] if _FILE.match(audit) else []
        for leaf in instance.leaves:
            is_own = leaf.path in book.own
            name = (book.own if is_own else book.nodes).get(leaf.path)
            place = found.own if is_own else found.raw
            if name is None and leaf.path not in book.groups:
                found.unknown.append(leaf.path)
            elif any(position > 1 for position in leaf.positions):
                found.repeated.append(leaf.path)
            elif name is not None:
                place[name] = leaf.text
                found.attachments += [leaf.text] if name in files and _FILE.match(leaf.text) else []
        return found


def _given(hidden: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in hidden.items() if text}


def _split(q: Questionnaire, name: str, text: str) -> list[str]:
    """XML holds several chosen names in one text."""
    return text.split() if q.question(name).kind in _SEVERAL else [text]


#: Kinds whose instance holds several names.
_SEVERAL = frozenset({Kind.SELECT_MULTIPLE, Kind.RANK})


def _to_the_minute(text: str) -> str:
    """By the wall clock of the device: seconds and zone are more than anybody was asked."""
    return _SECONDS.sub("", text)


def _skipped(raw: Mapping[str, list[str]], parsed: Parsed) -> list[str]:
    applied = parsed.values.keys() | parsed.problems.keys()
    return [name for name, texts in raw.items() if any(texts) and name not in applied]


def _decimal(text: str) -> float:
    """A number as XML writes it: one mark, no separators, perhaps an exponent (``1.5E7``)."""
    plain = text
    if _EXPONENT.match(text):  # two digits: a larger one would fill the memory with zeros
        plain = f"{Decimal(text):f}"
    if _DECIMAL.match(plain) is None:
        raise Refused("answer.not_decimal")
    return float(plain)


def _file(text: str) -> str:
    """The client's own name of a file; the one that is kept takes its place when it has come."""
    if _FILE.match(text) is None:
        raise Refused("answer.file_lost")
    return text


#: How a field client writes an answer of each kind.
READERS = {
    **answers.READERS,
    **dict.fromkeys(FILES, _file),
    Kind.DECIMAL: _decimal,
    Kind.TIME: lambda text: answers.READERS[Kind.TIME](_to_the_minute(text)),
    Kind.DATETIME: lambda text: answers.READERS[Kind.DATETIME](_to_the_minute(text)),
}
