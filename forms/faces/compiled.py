"""A published questionnaire is frozen: its pages are rendered once and filled many times.

A page is rendered with marks where one respondent's page differs from another's: the form's token,
what was chosen, a problem, a name in a text.  ``Template`` cuts the page at the marks; ``Filling``
says what stands there for one respondent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape
from wtforms import Form

from forms import messages, routing, wording
from forms.answers import Problem
from forms.faces.web import described, unbound
from forms.model import Question, Questionnaire

#: Control characters: no text that reaches a page holds them.
_OPEN, _BETWEEN, _CLOSE = "\x02", "\x1f", "\x03"
_MARK = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")

#: What stands at a mark, given the mark's parts.
Resolve = Callable[..., str]


def hole(*parts: str) -> Markup:
    """A mark to be put into a page that is rendered once."""
    return Markup(_OPEN + _BETWEEN.join(parts) + _CLOSE)


#: Marks at which nothing stands on a page that nobody has filled in yet.
_EMPTY_AT_FIRST = frozenset(
    {
        *("checked", "selected", "ranked", "value", "bad", "described", "error", "fault"),
        *("summary", "kept"),
    }
)


class Template:
    """A rendered page, cut at its marks."""

    def __init__(self, rendered: str) -> None:
        self._all = _cut(rendered)
        #: The page before anybody has filled it in: fixed pieces, and the marks between them.
        self.at_first = _cut(_MARK.sub(_kept_at_first, rendered))

    def fill(self, resolve: Resolve, *, untouched: bool = False) -> str:
        """The page with every mark resolved; ``untouched``: nothing is chosen and nothing wrong."""
        fixed, holes = self.at_first if untouched else self._all
        out = [fixed[0]]
        for mark, after in zip(holes, fixed[1:], strict=True):
            out.append(resolve(*mark))
            out.append(after)
        return "".join(out)


def _cut(rendered: str) -> tuple[list[str], list[tuple[str, ...]]]:
    pieces = _MARK.split(rendered)
    return pieces[::2], [tuple(mark.split(_BETWEEN)) for mark in pieces[1::2]]


def _kept_at_first(match: re.Match[str]) -> str:
    return "" if match[1].partition(_BETWEEN)[0] in _EMPTY_AT_FIRST else match[0]


def blank_form(q: Questionnaire, questions: Sequence[Question], language: str) -> Form:
    """A form of these questions whose texts and values are marks where they are anybody's own.

    Each field has ``question``; its ``label`` and ``description`` may hold marks.
    """
    fields = {each.name: unbound(q, each, language) for each in questions}
    values = {each.name: str(hole("value", each.name)) for each in questions if not each.choices}
    form = type("BlankPage", (Form,), fields)(data=values)
    for question in questions:
        bound = form[question.name]
        bound.question = question
        bound.label.text = _text(q, question.labels, language, "label", question.name)
        hint = _text(q, question.hints, language, "hint", question.name)
        bound.description = described(question, hint, language)
        bound.guidance = _text(q, question.guidance, language, "guidance", question.name)
        for option in bound.choices or () if question.choices else ():
            choice = question.choice_by_name.get(option.value)
            if choice is not None:
                option.label = _text(
                    q, choice.labels, language, "choice", question.name, choice.name
                )
    return form


def removing(name: str) -> str:
    """The field that takes the file of a question back; no question can have this name."""
    return f"{name}.bo"


def has_own_order(question: Question) -> bool:
    """Whether not everybody is offered the same options in the same order."""
    return bool(question.choices) and (question.is_arranged or bool(question.choice_filter))


def _text(q: Questionnaire, texts: Mapping[str, str], language: str, *mark: str) -> str | Markup:
    text = q.text(texts, language)
    return hole(*mark) if "${" in text else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """One respondent's own part of a page.

    ``chosen`` maps a question to the texts given so far; ``options`` to its compiled options by
    name; ``around`` holds what the page outside the questions needs (token, summary ...).
    """

    questionnaire: Questionnaire
    language: str
    chosen: Mapping[str, Sequence[str]]
    env: Mapping[str, Any]
    problems: Mapping[str, Problem] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Template]] = field(default_factory=dict)
    order_seed: str = ""
    #: Question -> name and size in bytes of the file that is kept for it.
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    around: Mapping[str, str] = field(default_factory=dict)

    @property
    def untouched(self) -> bool:
        return not (self.chosen or self.problems)

    def __call__(self, kind: str, name: str = "", value: str = "") -> str:
        if kind == "checked" or kind == "selected":
            return f" {kind}" if value in self.chosen.get(name, ()) else ""
        if kind == "ranked":
            return self._ranked(name, value)
        if kind in _OWN:
            return _OWN[kind](self, name, value)
        return self.around.get(kind, "")

    def _ranked(self, name: str, value: str) -> str:
        """Marked if the option has this rank, as stored (names in order) or as it was sent."""
        option, _, rank = value.rpartition(":")
        chosen, place = self.chosen.get(name, ()), int(rank) - 1
        is_here = value in chosen or (place < len(chosen) and chosen[place] == option)
        return " selected" if is_here else ""

    def _value(self, name: str, _value: str) -> str:
        return str(escape(next(iter(self.chosen.get(name, ())), "")))

    def _bad(self, name: str, _value: str) -> str:
        return " q--error" if name in self.problems else ""

    def _described(self, name: str, _value: str) -> str:
        return f" {name}-error" if name in self.problems else ""

    def _error(self, name: str, _value: str) -> str:
        if name not in self.problems:
            return ""
        line = '<p class="error" id="{}-error">{}</p>\n'
        return str(Markup(line).format(name, self.problems[name].message(self.language)))

    def _kept(self, name: str, _value: str) -> str:
        """The file that came before, and a box to take it back."""
        if name not in self.files:
            return ""
        shown, size = self.files[name]
        facts = {"name": shown, "size": wording.file_size(size, self.language)}
        say = {code: messages.texts(f"page.file_{code}", facts) for code in _OF_FILE}
        words = {code: texts.get(self.language, texts["vi"]) for code, texts in say.items()}
        return str(Markup(_KEPT).format(id=name, box=removing(name), **words))

    def _label(self, name: str, _value: str) -> str:
        return self._filled(self.questionnaire.question(name).labels)

    def _hint(self, name: str, _value: str) -> str:
        return self._filled(self.questionnaire.question(name).hints)

    def _guidance(self, name: str, _value: str) -> str:
        return self._filled(self.questionnaire.question(name).guidance)

    def _choice(self, name: str, value: str) -> str:
        return self._filled(self.questionnaire.question(name).choice_by_name[value].labels)

    def _options(self, name: str, _value: str) -> str:
        question = self.questionnaire.question(name)
        offered = routing.offered(self.questionnaire, question, self.env)
        order = wording.arranged(question, offered, self.order_seed)
        lines, untouched = self.options[name], self.untouched
        return "".join(lines[each.name].fill(self, untouched=untouched) for each in order)

    def _title(self, name: str, _value: str) -> str:
        return self._filled(self.questionnaire.section(name).labels)

    def _filled(self, texts: Mapping[str, str]) -> str:
        q = self.questionnaire
        return str(escape(wording.fill(q, q.text(texts, self.language), self.language, self.env)))


_OF_FILE = ("kept", "remove", "replace")
_KEPT = (
    '<p class="kept" id="{id}-kept">{kept}</p>\n<label class="choice"><input type="checkbox" '
    'name="{box}" value="1"> <span>{remove}</span></label>\n<p class="hint">{replace}</p>\n'
)
_OWN: dict[str, Callable[[Filling, str, str], str]] = {
    "value": Filling._value,
    "bad": Filling._bad,
    "described": Filling._described,
    "error": Filling._error,
    "kept": Filling._kept,
    "label": Filling._label,
    "hint": Filling._hint,
    "guidance": Filling._guidance,
    "choice": Filling._choice,
    "options": Filling._options,
    "title": Filling._title,
}
