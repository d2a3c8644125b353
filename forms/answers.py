"""What a page sends, turned into stored values or into problems that can be shown beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms import messages, reading, routing, wording
from forms.expression import CURRENT
from forms.model import Choice, Kind, Question, Questionnaire
from forms.program import program
from forms.reading import READERS, Problem, Readers, Refused
from forms.routing import Answers, Context

#: What a page or a tablet sends: the texts that came under each question's name.
Raw = Mapping[str, Sequence[str]]

_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")


@dataclass(frozen=True)
class Parsed:
    """One page's answers.

    ``values`` has every question that applied on the page and had no problem; a blank one is
    None, so that laying ``values`` over stored answers also clears what was unticked.
    """

    values: dict[str, Any]
    problems: dict[str, Problem]


def parse(
    q: Questionnaire,
    sections: str | Collection[str],
    raw: Raw,
    answers: Answers,
    context: Context,
    *,
    readers: Readers | None = None,
) -> Parsed:
    """Read one page: a section, or several that were shown together.

    Parameters
    ----------
    sections : str or collection of str
        Names of the page's sections.  An answer in one of them decides which questions of the
        next ones apply, as if they had been sent one after the other.
    raw : mapping of str to sequence of str
        What came; names that are no applicable question of the page are ignored.
    answers : mapping
        Answers stored so far, to decide which questions apply.
    readers : mapping of Kind to callable, optional
        How a text becomes a value where what came was not typed into a page.

    Returns
    -------
    Parsed
        Values (JSON types) and problems by question name.  A question that does not apply is in
        neither, so it is never required.

    Raises
    ------
    KeyError
        There is no such section.
    """
    names = (sections,) if isinstance(sections, str) else tuple(sections)
    own = {each.name for name in names for each in q.section(name).questions}
    walk = routing.Walk(q, {k: v for k, v in answers.items() if k not in own}, context)
    parsed = Parsed({}, {})
    left = set(names)
    last = max(map(q.position, names))
    for section, shown in walk.steps():
        if q.position(section.name) > last:
            break
        if section.name in left:
            _read(q, shown, raw, walk.env, parsed, readers or READERS)
    return parsed


def _read(
    q: Questionnaire,
    shown: Sequence[Question],
    raw: Raw,
    env: dict[str, Any],
    parsed: Parsed,
    readers: Readers,
) -> None:
    """Read one section into ``parsed`` and ``env``."""
    asked = [each for each in shown if each.is_asked]
    values: dict[str, Any] = {}
    for question in asked:
        try:
            options = routing.offered(q, question, env)
            values[question.name] = _value(
                q, question, raw.get(question.name, ()), options, readers
            )
        except Refused as refused:
            parsed.problems[question.name] = refused.problem
    env |= values
    for question in asked:
        if question.name in values and (problem := _broken_rule(q, question, env)):
            parsed.problems[question.name] = problem
            del values[question.name]
    # What was refused is no answer: later pages are asked as if it were blank.
    env.update({each.name: None for each in asked if each.name not in values})
    parsed.values.update(values)


def _broken_rule(q: Questionnaire, question: Question, env: Mapping[str, Any]) -> Problem | None:
    """The problem of a typed value with the question's own rules, if any."""
    rules, value = program(q), env[question.name]
    if routing.is_blank(value):
        required = rules.required.get(question.name)
        if required is None or not required.holds(env):
            return None
        return _problem(q, "answer.required", question.required_messages, env)
    constraint = rules.constraint.get(question.name)
    if constraint is None or constraint.holds({**env, CURRENT: value}):
        return None
    return _problem(q, "answer.constraint", question.constraint_messages, env)


def _problem(
    q: Questionnaire, code: str, own: Mapping[str, str], env: Mapping[str, Any]
) -> Problem:
    """The author's words where there are any, else ours."""
    filled = {language: wording.fill(q, text, language, env) for language, text in own.items()}
    return Problem(code, {**messages.texts(code, {}), **filled})


def _value(
    q: Questionnaire,
    question: Question,
    sent: Sequence[str],
    options: tuple[Choice, ...],
    readers: Readers,
) -> Any:
    """The stored value of what was sent; None if nothing was.  Raises Refused."""
    texts = [text for text in map(_clean, sent) if text] if sent else None
    if not texts:
        return None
    if question.kind is Kind.SELECT_MULTIPLE:
        return _several(q, texts, options)
    if question.kind is Kind.RANK:
        return reading.ranked(texts, [choice.name for choice in options])
    if len(texts) > 1:
        raise Refused("answer.one_choice")
    if question.kind in (Kind.SELECT_ONE, Kind.ACKNOWLEDGE):
        return _known(texts, options)[0]
    if question.kind is Kind.RANGE:
        return reading.within(readers[Kind.DECIMAL](texts[0]), question.parameters)
    return readers[question.kind](texts[0])


def _known(names: list[str], options: tuple[Choice, ...]) -> list[str]:
    """The chosen names in the order of the list, each once."""
    known = [choice.name for choice in options if choice.name in names]
    if set(names) - set(known):
        raise Refused("answer.unknown_choice")
    return known


def _several(q: Questionnaire, names: list[str], options: tuple[Choice, ...]) -> list[str]:
    known = _known(names, options)
    alone = next((c for c in options if c.name in known and c.missing), None)
    if alone and len(known) > 1:
        raise Refused("answer.exclusive_choice", label=q.text(alone.labels, q.default_language))
    return known


def _clean(text: str) -> str:
    """NFC, one kind of line end, no invisible characters, no blanks at the ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    lines = _BREAKS.sub("\n", unicodedata.normalize("NFC", text))
    kept = (c for c in lines if c in "\n\t" or not unicodedata.category(c).startswith("C"))
    return "".join(kept).strip()
