"""Texts as one respondent reads them: names in ${...} filled, options in their own order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from forms import values
from forms.chance import shuffled
from forms.model import OTHER, Choice, Kind, Question, Questionnaire

_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")


def fill(q: Questionnaire, text: str, language: str, env: Mapping[str, Any]) -> str:
    """Put values in place of ${name}; of a select question the chosen label, not its name."""
    if "${" not in text:
        return text
    return _REFERENCE.sub(lambda match: _shown(q, match[1], language, env), text)


def file_size(size: int, language: str) -> str:
    """Bytes in words: 1,4 MB; 320 kB."""
    if size < 1 << 20:
        return f"{max(1, round(size / 1024))} kB"
    return f"{number(round(size / (1 << 20), 1), language)} MB"


def arranged(question: Question, choices: Iterable[Choice], seed: str) -> tuple[Choice, ...]:
    """Options in this respondent's order.

    A question that is not arranged, or an empty seed, keeps the sheet's order; a ``seed`` that the
    author has written gives everybody the order that ODK's clients give for it.  The order depends
    on seed, question and option names alone, so it is the same when the page is drawn again; with
    ``direction=random`` all scales run the same way for one respondent.  Options that are no
    substantive answer ("Không có ý kiến") stay last, before them what ``or_other`` adds: what else
    there is can only be said after the list was read.
    """
    given = tuple(choices)
    if not question.is_arranged or not seed:
        return given
    if fixed := question.parameters.get("seed"):
        steps = [choice for choice in given if not choice.missing]
        return (*shuffled(steps, float(fixed)), *(choice for choice in given if choice.missing))
    if not question.randomize:
        way = -1 if is_turned(seed) else 1
        steps = [choice for choice in given if not choice.missing]
        return (*steps[::way], *(choice for choice in given if choice.missing))

    def key(choice: Choice) -> tuple[bool, bool, bytes]:
        text = f"{seed}\x1f{question.name}\x1f{choice.name}"
        drawn = blake2b(text.encode(), digest_size=8).digest()
        return bool(choice.missing), choice.name == OTHER, drawn

    return tuple(sorted(given, key=key))


def is_turned(seed: str) -> bool:
    """Whether scales with ``direction=random`` run against the sheet's order for a respondent."""
    return bool(blake2b(f"{seed}\x1fdirection".encode(), digest_size=1).digest()[0] & 1)


def orders(questions: Iterable[Question], seed: str) -> dict[str, list[str]]:
    """The options of each arranged question in the order that a respondent had them in.

    Filtered options keep their places among each other, so the order of all tells that of some.
    """
    return {
        each.name: [choice.name for choice in arranged(each, each.choices, seed)]
        for each in questions
        if each.is_arranged and seed
    }


def number(value: float, language: str) -> str:
    """A number with the language's decimal mark; no separators for thousands."""
    text = values.string(value)
    return text.replace(".", ",") if language == "vi" else text


def _shown(q: Questionnaire, name: str, language: str, env: Mapping[str, Any]) -> str:
    value = env.get(name)
    question = q.question(name)
    if question.kind in (Kind.SELECT_ONE, Kind.SELECT_MULTIPLE):
        names = value if isinstance(value, list) else [value]
        found = (question.choice_by_name.get(each) for each in names)
        return ", ".join(q.text(choice.labels, language) for choice in found if choice)
    if question.kind is Kind.DATE and value:
        day = values.day(value)
        return day.strftime("%d/%m/%Y")
    if isinstance(value, (int, float)):
        return number(value, language)
    return values.string(tuple(value) if isinstance(value, list) else value)
