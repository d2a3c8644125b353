"""What a questionnaire is: sections of questions, frozen, with texts in every language."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

#: A text in each language: {"vi": "Rất hài lòng", "en": "Very satisfied"}.
Text = Mapping[str, str]

#: Longest answer to an open question, in characters, whatever the questionnaire says.
MAX_TEXT = 4000
#: More options than this are no list to tick on paper: the answer is written, and looked up when
#: it is typed in.
LONG_LIST = 60


#: A default that calls a function is worked out; "Cao An (xã)" is a text.
_CALL = re.compile(r"[a-z][a-z0-9-]*\(.*\)", re.DOTALL)

#: Name of the option that ``or_other`` adds.
OTHER = "other"


class Kind(StrEnum):
    """What a row of the survey sheet asks for or holds."""

    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    DATETIME = "dateTime"
    RANGE = "range"
    ACKNOWLEDGE = "acknowledge"
    RANK = "rank"
    GEOPOINT = "geopoint"
    BARCODE = "barcode"
    IMAGE = "image"
    AUDIO = "audio"
    NOTE = "note"
    CALCULATE = "calculate"
    HIDDEN = "hidden"
    START = "start"
    END = "end"
    TODAY = "today"
    DEVICEID = "deviceid"
    AUDIT = "audit"


SELECTS = frozenset({Kind.SELECT_ONE, Kind.SELECT_MULTIPLE})
#: Kinds that name a list of options.
LISTS = SELECTS | {Kind.RANK}
#: Answers that are files; stored is the name of the file that is kept (`forms.attached`).
FILES = frozenset({Kind.IMAGE, Kind.AUDIO})
#: Kinds that a person answers.  A note is only read; a variable is not even seen.
ASKED = (
    LISTS
    | FILES
    | {
        *(Kind.INTEGER, Kind.DECIMAL, Kind.TEXT, Kind.DATE, Kind.TIME, Kind.DATETIME, Kind.RANGE),
        *(Kind.ACKNOWLEDGE, Kind.GEOPOINT, Kind.BARCODE),
    }
)
#: What a field client notes by itself.  A citizen's page notes none of it but the day.
METADATA = frozenset({Kind.START, Kind.END, Kind.TODAY, Kind.DEVICEID, Kind.AUDIT})
#: Rows that no page shows.
VARIABLES = METADATA | {Kind.CALCULATE, Kind.HIDDEN}
#: What is stored when an acknowledgement is ticked, as ODK's clients store it.
ACKNOWLEDGED = "OK"


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a text stands in its workbook; row and column count from 1."""

    sheet: str
    row: int
    column: int

    @property
    def address(self) -> str:
        """The address as a spreadsheet shows it: ``survey!C5``."""
        letters, rest = "", self.column
        while rest:
            rest, digit = divmod(rest - 1, 26)
            letters = chr(ord("A") + digit) + letters
        return f"{self.sheet}!{letters}{self.row}"


#: Cells of one row by column name.  They say where; they are no part of what is asked.
Cells = Mapping[str, Cell]


@dataclass(frozen=True)
class Choice:
    """One option.  ``missing`` names the reason if choosing it is no substantive answer."""

    name: str
    labels: Text = field(default_factory=dict)
    missing: str = ""
    #: What is shown beside the label: ``{"image": {"vi": "ban_do.png"}}`` (`forms.mediafiles`).
    media: Mapping[str, Text] = field(default_factory=dict)
    #: Further columns of the choices sheet that a choice_filter may compare.
    columns: Mapping[str, str] = field(default_factory=dict)
    cells: Cells = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Question:
    """One row of the survey sheet.  Rules are expressions, kept as they were written."""

    name: str
    kind: Kind
    labels: Text = field(default_factory=dict)
    hints: Text = field(default_factory=dict)
    #: What is shown beside the label, by column and language.
    media: Mapping[str, Text] = field(default_factory=dict)
    list_name: str = ""
    choices: tuple[Choice, ...] = ()
    choice_filter: str = ""
    randomize: bool = False
    relevant: str = ""
    required: str = ""
    required_messages: Text = field(default_factory=dict)
    constraint: str = ""
    constraint_messages: Text = field(default_factory=dict)
    calculation: str = ""
    #: Rows whose change makes a field client calculate again.
    trigger: str = ""
    #: What stands in the field before anybody has answered.
    default: str = ""
    #: More to read for who wants it.
    guidance: Text = field(default_factory=dict)
    #: ``start``, ``end`` and ``step`` of a range; the direction of a scale; `forms.technique`.
    parameters: Mapping[str, str] = field(default_factory=dict)
    appearance: str = ""
    #: Short name of the item in tables, the index criterion's concept, and the handling.
    item: str = ""
    concept: str = ""
    sensitive: bool = False
    cells: Cells = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def is_asked(self) -> bool:
        """Whether a person answers it (a note or a variable is not asked)."""
        return self.kind in ASKED

    @cached_property
    def is_arranged(self) -> bool:
        """Whether the order of its options hangs on the respondent."""
        return self.randomize or self.parameters.get("direction") == "random"

    @property
    def default_is_rule(self) -> bool:
        """Whether its default is worked out when the form is opened: ``today()``."""
        return _CALL.fullmatch(self.default) is not None

    @property
    def is_written_in(self) -> bool:
        """Whether paper has a line for it because nobody would look through so many boxes."""
        return self.kind in LISTS and len(self.choices) > LONG_LIST

    @cached_property
    def is_rating(self) -> bool:
        """Whether it is one item of a rating scale (appearance ``likert``)."""
        return self.kind is Kind.SELECT_ONE and "likert" in self.appearance.split()

    @cached_property
    def is_scale(self) -> bool:
        """Whether its options stand beside each other, one line of a table."""
        return self.is_rating or (
            self.kind is Kind.SELECT_ONE and "matrix" in self.appearance.split()
        )

    @cached_property
    def choice_by_name(self) -> Mapping[str, Choice]:
        return {choice.name: choice for choice in self.choices}

    def missing_reason(self, value: object) -> str:
        """Why an answer is no substantive one ("khong_y_kien"); empty if it is one or is blank."""
        names = value if isinstance(value, list) else [value]
        found = (self.choice_by_name.get(name) for name in names)
        return next((choice.missing for choice in found if choice and choice.missing), "")


@dataclass(frozen=True)
class Section:
    """One page: the questions that are shown together."""

    name: str
    labels: Text = field(default_factory=dict)
    relevant: str = ""
    questions: tuple[Question, ...] = ()
    cells: Cells = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Questionnaire:
    """A whole instrument.  ``variables`` are hidden and calculated rows, which no page shows."""

    form_id: str
    version: str
    titles: Text
    languages: tuple[str, ...]
    default_language: str
    sections: tuple[Section, ...] = ()
    variables: tuple[Question, ...] = ()
    #: Expression that is true for the people the survey is about; empty means everybody.
    eligibility: str = ""
    #: File that a row shows -> the name under which it is kept: its digest, with its ending.
    files: Mapping[str, str] = field(default_factory=dict)
    #: Other plain settings (publisher, note ...), kept as they were written.
    settings: Mapping[str, str] = field(default_factory=dict)
    cells: Cells = field(default_factory=dict, compare=False, repr=False)

    # Caches key on the questionnaire at every request, so the hash must not walk the whole tree.
    def __hash__(self) -> int:
        return hash((self.form_id, self.version))

    def __iter__(self) -> Iterator[Question]:
        """All questions of all pages, in order."""
        return (question for section in self.sections for question in section.questions)

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {section.name: index for index, section in enumerate(self.sections)}

    @cached_property
    def _sections_by_name(self) -> Mapping[str, Section]:
        return {section.name: section for section in self.sections}

    @cached_property
    def _questions_by_name(self) -> Mapping[str, Question]:
        return {question.name: question for question in (*self, *self.variables)}

    @cached_property
    def _worked_out(self) -> dict[Hashable, Any]:
        return {}

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Something that follows from the questionnaire alone, worked out at first need.

        Kept with this object: a cache elsewhere would compare whole questionnaires to find it.
        """
        kept = self._worked_out
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def section(self, name: str) -> Section:
        """The section of that name.  Raises KeyError."""
        return self._sections_by_name[name]

    def position(self, section: str) -> int:
        """Place of a section in the document, from 0.  Raises KeyError."""
        return self._positions[section]

    def question(self, name: str) -> Question:
        """The question or variable of that name.  Raises KeyError."""
        return self._questions_by_name[name]

    def shown(self, media: Mapping[str, Text], language: str) -> dict[str, str]:
        """What a row shows in a language: column -> name under which the file is kept."""
        names = {column: self.text(texts, language) for column, texts in media.items()}
        return {column: self.files[name] for column, name in names.items() if name in self.files}

    def text(self, texts: Text, language: str) -> str:
        """A text in a language, else in the default language, else in any, else empty."""
        return (
            texts.get(language)
            or texts.get(self.default_language)
            or next(iter(texts.values()), "")
        )
