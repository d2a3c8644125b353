"""A page of a questionnaire as a WTForms form that works without JavaScript.

WTForms carries texts in and out; whether an answer is right is decided in ``forms.answers``
alone.  ``base`` is the application's form class (with its protection against forged requests).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from wtforms import (
    Field,
    FileField,
    Form,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.core import UnboundField
from wtforms.widgets import (
    CheckboxInput,
    DateInput,
    DateTimeLocalInput,
    ListWidget,
    TimeInput,
)

from forms import answers as _answers
from forms import attached, messages, routing, wording
from forms.model import FILES, MAX_TEXT, Kind, Question, Questionnaire


class NoteField(Field):
    """A text that is only read.  It takes no input and has no problem."""

    def widget(self, field: Field, **kwargs: Any) -> Markup:
        return Markup("<p>{}</p>").format(field.label.text)

    def process(self, *args: Any, **kwargs: Any) -> None:
        self.data, self.raw_data, self.process_errors, self.object_data = None, [], [], None


class CheckboxesField(SelectMultipleField):
    """Several of a list, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class _Page:
    """What every page's form class has; mixed in before the application's form class."""

    questionnaire: Questionnaire
    section: str
    language: str
    #: Questions whose options are not the same for everybody.
    own_options: frozenset[str]

    def __init__(
        self,
        *args: Any,
        answers: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Show a page with the answers so far.

        Parameters
        ----------
        answers : mapping
            Stored answers of the whole questionnaire.
        context : mapping
            Texts of hidden rows, ``today``, and ``order_seed`` (this respondent's own text), which
            fixes the order of options where the author asked for chance; without it the sheet's.
        args, kwargs
            What the application's form class takes; ``formdata`` is what was sent.
        """
        self.answers, self.context = answers or {}, context or {}
        self.parsed: _answers.Parsed | None = None
        q = self.questionnaire
        names = (each.name for each in q.section(self.section).questions)
        stored = {n: _shown(self.answers[n], self.language) for n in names if n in self.answers}
        super().__init__(*args, data=stored, **kwargs)
        path, env = routing.trace(q, self.answers, self.context)
        shown = next((questions for each, questions in path if each.name == self.section), ())
        self._keep({each.name for each in shown})
        for question in shown:
            self._word(question, env)
        self.title = self._text(q.section(self.section).labels, env)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what was sent; afterwards ``parsed`` has values and problems."""
        sound = super().validate(extra_validators=extra_validators)
        raw = {
            name: [text for text in field.raw_data or () if isinstance(text, str)]
            for name, field in self._fields.items()
        }
        self.parsed = _answers.parse(
            self.questionnaire, self.section, raw, self.answers, self.context
        )
        for name, problem in self.parsed.problems.items():
            self[name].errors = [problem.message(self.language)]
        return sound and not self.parsed.problems

    def _keep(self, applicable: set[str]) -> None:
        own = {each.name for each in self.questionnaire.section(self.section).questions}
        for name in own - applicable:
            del self[name]

    def _word(self, question: Question, env: Mapping[str, Any]) -> None:
        """Fill in what only this respondent's answers tell: names in texts, options and order."""
        field, q = self[question.name], self.questionnaire
        field.question = question
        field.label.text = self._text(question.labels, env)
        field.description = described(question, self._text(question.hints, env), self.language)
        if question.name in self.own_options:
            options = routing.offered(q, question, env)
            options = wording.arranged(question, options, self.context.get("order_seed", ""))
            field.choices = _blank_first(question, self.language) + [
                SelectChoice(c.name, self._text(c.labels, env)) for c in options
            ]

    def _text(self, texts: Mapping[str, str], env: Mapping[str, Any]) -> str:
        q = self.questionnaire
        return wording.fill(q, q.text(texts, self.language), self.language, env)


def described(question: Question, hint: str, language: str) -> str:
    """The hint, and how to answer a question whose box does not say so."""
    code = f"page.how.{question.kind}"
    told = code in messages.MESSAGES
    how = messages.texts(code, question.parameters)[language] if told else ""
    return " ".join(text for text in (hint, how) if text)


@lru_cache(maxsize=512)
def form_class(
    q: Questionnaire, section_name: str, language: str, base: type[Form] = Form
) -> type[Form]:
    """The form class of one page in one language.

    Its instances are made with ``answers`` and ``context`` besides what ``base`` takes; each field
    has ``question``, its label and (as ``description``) its hint.  Kept per content of the
    questionnaire, section, language and base.

    Raises
    ------
    KeyError
        There is no such section.
    """
    questions = q.section(section_name).questions
    own = {
        "questionnaire": q,
        "section": section_name,
        "language": language,
        "own_options": frozenset(each.name for each in questions if _has_own_options(each)),
    }
    fields = {each.name: unbound(q, each, language) for each in questions}
    return type(f"Page_{section_name}", (_Page, base), {**own, **fields})


def unbound(q: Questionnaire, question: Question, language: str) -> UnboundField:
    """The field of one question, before it belongs to a form."""
    text = q.text(question.labels, language)
    if not question.choices:
        return _PLAIN[question.kind](text, question)
    options = [SelectChoice(c.name, q.text(c.labels, language)) for c in question.choices]
    if question.kind in _BOXES:
        return CheckboxesField(text, choices=options, validate_choice=False)
    make = SelectField if _is_menu(question) else RadioField
    blank = _blank_first(question, language)
    return make(text, choices=blank + options, validate_choice=False)


def _line(text: str, question: Question) -> UnboundField:
    return StringField(text, render_kw={"maxlength": MAX_TEXT})


def _number(mode: str) -> Callable[[str, Question], UnboundField]:
    """A number as text: browsers' number fields drop what they cannot read without a word."""
    shape = {"inputmode": mode, "maxlength": 30, "autocomplete": "off"}
    return lambda text, question: StringField(text, render_kw=shape)


def _text(text: str, question: Question) -> UnboundField:
    if "multiline" in question.appearance.split():
        return TextAreaField(text, render_kw={"rows": 5, "maxlength": MAX_TEXT})
    return _line(text, question)


def _range(text: str, question: Question) -> UnboundField:
    shape = {"min": question.parameters["start"], "max": question.parameters["end"]}
    shape |= {"step": question.parameters["step"], "type": "number"}
    return StringField(text, render_kw=shape)


def _file(text: str, question: Question) -> UnboundField:
    """The phone offers its camera or recorder and what it has; ``new`` goes to the camera."""
    shape = {"accept": attached.ACCEPTED[question.kind]}
    looks = (attached.CAMERAS.get(word) for word in question.appearance.split())
    camera = next(filter(None, looks), "")
    return FileField(text, render_kw=shape | ({"capture": camera} if camera else {}))


#: Kinds of which several options, or one and none, can be ticked.
_BOXES = frozenset({Kind.SELECT_MULTIPLE, Kind.ACKNOWLEDGE, Kind.RANK})
_PLAIN: dict[Kind, Callable[[str, Question], UnboundField]] = {
    Kind.NOTE: lambda text, question: NoteField(text),
    **dict.fromkeys(FILES, _file),
    Kind.TEXT: _text,
    Kind.INTEGER: _number("numeric"),
    Kind.DECIMAL: _number("decimal"),
    Kind.DATE: lambda text, question: StringField(text, widget=DateInput()),
    Kind.TIME: lambda text, question: StringField(text, widget=TimeInput()),
    Kind.DATETIME: lambda text, question: StringField(text, widget=DateTimeLocalInput()),
    Kind.RANGE: _range,
    Kind.GEOPOINT: _line,
    Kind.BARCODE: _line,
}


def _is_menu(question: Question) -> bool:
    return question.kind is Kind.SELECT_ONE and "minimal" in question.appearance.split()


def _blank_first(question: Question, language: str) -> list[SelectChoice]:
    """A menu starts at a blank line: nothing is chosen for the respondent."""
    if not _is_menu(question):
        return []
    return [SelectChoice("", messages.texts("page.choose", {}).get(language, ""))]


def _has_own_options(question: Question) -> bool:
    mentions = any("${" in text for c in question.choices for text in c.labels.values())
    return bool(question.choices) and (
        mentions or question.is_arranged or bool(question.choice_filter)
    )


def shown(answers: Mapping[str, Any], language: str) -> dict[str, list[str]]:
    """Stored values as texts that a page's fields hold, by question."""
    given = {name: value for name, value in answers.items() if value is not None}
    return {
        name: value if isinstance(value, list) else [str(_shown(value, language))]
        for name, value in given.items()
    }


def _shown(value: Any, language: str) -> Any:
    """A stored value as the page's field takes it; decimals with the language's mark."""
    return wording.number(value, language) if isinstance(value, (int, float)) else value
