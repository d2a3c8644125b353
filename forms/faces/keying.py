"""The questionnaire as it is keyed from paper: one short field a question, in the printed order.

Options are typed by their place (the third box: ``3``), several with blanks between them, a rank in
its order from first to last.  ``*`` stands for what cannot be read.  What two people typed is
compared in a normal form, so that ``3 1`` and ``1,3`` of the same boxes are no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from forms import routing
from forms.answers import parse
from forms.faces.paper import BLANK, paper
from forms.model import FILES, Kind, Question, Questionnaire
from forms.reading import READERS, Problem, Refused, within

#: What is typed where paper cannot be read, or two boxes are ticked where one may be.
UNREADABLE = "*"
#: Longest line that is taken of a field.
MAX_TYPED = 4000
_REFERENCE = re.compile(r"\$\{[^}]*\}")
_BLANKS = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One question on the keying page; ``options`` are labels in the order of the boxes."""

    name: str
    number: int
    text: str
    kind: Kind
    options: tuple[str, ...] = ()

    @property
    def is_long(self) -> bool:
        return self.kind in (Kind.TEXT, Kind.BARCODE)

    @property
    def is_single_digit(self) -> bool:
        """Whether one key says all there is to say."""
        one = self.kind in (Kind.SELECT_ONE, Kind.ACKNOWLEDGE)
        return one and len(self.options) < 10


@dataclass(frozen=True, slots=True)
class Keyed:
    """What was typed, in its normal form, and what could not be taken."""

    typed: dict[str, str]
    problems: dict[str, Problem]


def fields(q: Questionnaire, language: str, *, known: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields of a printed form, in the order of their numbers.

    ``known``: as for ``forms.faces.paper.paper`` when the form was printed.
    """
    key = ("keying", language, tuple(sorted(known.items())))
    return q.once(key, lambda: _fields(q, language, dict(known)))


def normal(q: Questionnaire, typed: Mapping[str, str]) -> Keyed:
    """Bring what was typed into its normal form; blank fields are left out.

    A fault of typing (a box that does not exist, letters in a number) is a problem of its field.
    """
    keyed = Keyed({}, {})
    for question in q:
        text = " ".join(unicodedata.normalize("NFC", typed.get(question.name, "")).split())
        if not question.is_asked or question.kind in FILES or not text:
            continue
        try:
            keyed.typed[question.name] = _normal(question, text[:MAX_TYPED])
        except Refused as refused:
            keyed.problems[question.name] = refused.problem
    return keyed


def differences(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """Questions that two people typed differently; both in normal form."""
    names = dict.fromkeys([*first, *second])
    return [n for n in names if first.get(n, "").casefold() != second.get(n, "").casefold()]


def values(
    q: Questionnaire, typed: Mapping[str, str], context: Mapping[str, str]
) -> tuple[dict, dict[str, Problem]]:
    """Answers on the path of what was typed (normal form), and those that break a rule.

    A question that is required and empty is no problem: the paper came back as it is.
    """
    raw = {
        each.name: _raw(each, typed[each.name])
        for each in q
        if each.kind not in FILES and typed.get(each.name, UNREADABLE) != UNREADABLE
    }
    parsed = parse(q, tuple(section.name for section in q.sections), raw, {}, context)
    found = {name: value for name, value in parsed.values.items() if not routing.is_blank(value)}
    return found, {name: each for name, each in parsed.problems.items() if name in raw}


def shown(field: Field, text: str) -> str:
    """What was typed, in words."""
    if text in ("", UNREADABLE) or not field.options:
        return text
    return ", ".join(field.options[int(place) - 1] for place in text.split())


def _fields(q: Questionnaire, language: str, known: dict[str, str]) -> tuple[Field, ...]:
    numbers = paper(q, language, known=known).numbers
    found = [
        Field(
            each.name,
            numbers[each.name],
            _text(each, language),
            each.kind,
            _options(each, language),
        )
        for each in q
        # A photo that lies with the paper stays there.
        if each.name in numbers and each.kind not in FILES
    ]
    return tuple(sorted(found, key=lambda field: field.number))


def _text(question: Question, language: str) -> str:
    text = question.labels.get(language) or next(iter(question.labels.values()), question.name)
    return _REFERENCE.sub(BLANK, text)


def _options(question: Question, language: str) -> tuple[str, ...]:
    if question.is_written_in:
        return ()
    return tuple(
        _REFERENCE.sub(BLANK, c.labels.get(language) or next(iter(c.labels.values()), c.name))
        for c in question.choices
    )


def _normal(question: Question, text: str) -> str:
    if text == UNREADABLE:
        return text
    if question.is_written_in:
        return _names_of(question, text)
    if question.choices:
        return _places(question, text)
    if question.kind is Kind.RANGE:
        return f"{within(READERS[Kind.DECIMAL](text), question.parameters):g}"
    return str(READERS[question.kind](text))


def _names_of(question: Question, text: str) -> str:
    """Codes of what was written on a line, with semicolons between.  Raises Refused."""
    written = [part.strip() for part in text.split(";") if part.strip()]
    codes = [_name_of(question, each) for each in written]
    if len(set(codes)) != len(codes) or (question.kind is Kind.SELECT_ONE and len(codes) != 1):
        raise Refused("answer.one_choice")
    return ";".join(codes)


def _name_of(question: Question, text: str) -> str:
    """The code of a name that somebody wrote on a line, typed as it is or as its code.

    Raises Refused where the list has no such name, or several: then only the code tells.
    """
    wanted = text.casefold()
    for choice in question.choices:
        if choice.name.casefold() == wanted:
            return choice.name
    found = [
        choice.name
        for choice in question.choices
        if wanted in {" ".join(label.split()).casefold() for label in choice.labels.values()}
    ]
    if len(found) != 1:
        raise Refused("answer.several_names" if found else "answer.no_such_name", name=text)
    return found[0]


def _places(question: Question, text: str) -> str:
    most = len(question.choices)
    parts = [part for part in _BLANKS.split(text) if part]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= most for part in parts):
        raise Refused("answer.no_such_box", most=most)
    places = [int(part) for part in parts]
    single = question.kind in (Kind.SELECT_ONE, Kind.ACKNOWLEDGE)
    if len(set(places)) != len(places) or (single and len(places) > 1):
        raise Refused("answer.no_such_box", most=most)
    if question.kind is Kind.SELECT_MULTIPLE:
        places.sort()
    return " ".join(map(str, places))


def _raw(question: Question, text: str) -> list[str]:
    """As a page would have sent it."""
    if question.is_written_in:
        return text.split(";")
    if question.choices:
        return [question.choices[int(place) - 1].name for place in text.split()]
    return [text]
