"""Rows of the survey sheet: the name, the type and the question of each, or its faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from forms import dialect, grammar, messages, naming
from forms.layout import Layout
from forms.listfiles import ListFiles
from forms.mediafiles import MediaFiles
from forms.model import (
    ACKNOWLEDGED,
    LISTS,
    OTHER,
    SELECTS,
    VARIABLES,
    Cell,
    Choice,
    Kind,
    Question,
    Text,
)
from forms.parameters import read_parameters
from forms.sheets import Row

#: A file's list with more options is a menu on the page.
_MOST_BUTTONS = 30


@dataclass(frozen=True, slots=True)
class Type:
    """A type cell: ``select_one colours or_other``; ``file`` and ``external`` say whence a list."""

    kind: Kind
    list_name: str = ""
    or_other: bool = False
    file: str = ""
    is_external: bool = False


@dataclass
class Rows:
    layout: Layout
    lists: Mapping[str, tuple[Choice, ...]]
    #: Lists of the sheet external_choices, and of files beside the form.
    external: Mapping[str, tuple[Choice, ...]]
    files: ListFiles
    media: MediaFiles
    #: Names that are taken, with the cell that took them.
    names: dict[str, Cell] = field(default_factory=dict)

    def type_of(self, row: Row) -> Type | None:
        """What the type cell says; None if it cannot be read."""
        written = self.layout.get(row, "survey", "type")
        words = dialect.plain_type(written).split()
        cell = self.layout.cells(row, "survey")["type"]
        file, is_external = words[0] in dialect.FROM_FILE, words[0] == dialect.EXTERNAL
        if file or is_external:
            words[0] = str(dialect.FROM_FILE.get(words[0], Kind.SELECT_ONE))
        try:
            kind = Kind(words[0])
        except ValueError:
            self.layout.fault("row.type_unknown", cell, type=written)
            return None
        rest = words[1:]
        or_other = kind in SELECTS and rest[1:] == [dialect.OR_OTHER]
        if len(rest) > (1 if kind in LISTS else 0) + or_other:
            self.layout.fault("row.type_unknown", cell, type=written)
            return None
        if kind in LISTS and not rest:
            self.layout.fault("row.list_missing", cell, type=written)
            return None
        name = rest[0] if rest else ""
        if file:
            return Type(kind, name.rpartition(".")[0], or_other=or_other, file=name)
        return Type(kind, name, or_other=or_other, is_external=is_external)

    def questions(self, row: Row, name: str, of: Type, relevant: str) -> list[Question]:
        """What a row stands for: a question, with ``or_other`` and read-only rows one row more.

        ``relevant`` is what its groups ask for.
        """
        question = self._question(row, name, of, relevant)
        if self._yes(row, "readonly") and of.kind not in VARIABLES:
            return self._only_read(row, question)
        if not of.or_other:
            return [question]
        other = self._free(f"{name}_{OTHER}", row)
        said = both(relevant, self.layout.get(row, "survey", "relevant"))
        choices = question.choices
        if OTHER not in question.choice_by_name:
            choices = (*choices, Choice(OTHER, self._ours("other")))
        return [
            replace(question, choices=choices),
            Question(
                name=other,
                kind=Kind.TEXT,
                labels=self._ours("other.which"),
                # It may stand on a page of its own: which question it belongs to is said again.
                hints=question.labels,
                relevant=both(said, f"selected(${{{name}}}, '{OTHER}')"),
                cells=question.cells,
            ),
        ]

    def _ours(self, code: str) -> dict[str, str]:
        """A text of ours in the questionnaire's languages; English where we do not know one."""
        known = messages.texts(f"form.{code}", {})
        return {code: known.get(code, known["en"]) for code in self.layout.languages}

    def _free(self, name: str, row: Row) -> str:
        """A name for a row that the author did not write."""
        if name in self.names:
            cell = self.layout.cells(row, "survey")["type"]
            self.layout.fault("row.name_duplicate", cell, name=name, first=self.names[name].address)
        self.names.setdefault(name, row.start)
        return name

    def _only_read(self, row: Row, question: Question) -> list[Question]:
        """A row that is shown and not asked: a note, with its value where it has one."""
        note = Question(
            name=question.name,
            kind=Kind.NOTE,
            labels=question.labels,
            hints=question.hints,
            media=question.media,
            guidance=question.guidance,
            relevant=question.relevant,
            appearance=question.appearance,
            item=question.item,
            concept=question.concept,
            cells=question.cells,
        )
        if question.default_is_rule and not question.calculation:
            question = replace(question, calculation=question.default)
        if not question.calculation:
            return [replace(note, labels=_with_value(note.labels, question.default))]
        value = self._free(f"{question.name}_value", row)
        calculated = replace(note, name=value, kind=Kind.CALCULATE, labels={}, hints={}, media={})
        calculated = replace(calculated, calculation=question.calculation, appearance="")
        return [calculated, replace(note, labels=_with_value(note.labels, f"${{{value}}}"))]

    def _question(self, row: Row, name: str, of: Type, relevant: str) -> Question:
        kind, cells = of.kind, self.layout.cells(row, "survey")
        self._check_fitting(row, dialect.FITTING[kind], kind)
        self._check_appearance(row)

        def get(column: str) -> str:
            return self.layout.get(row, "survey", column)

        if kind is Kind.AUDIT and name != str(kind):
            self.layout.fault("row.name_audit", cells["name"], name=name)
        if kind is Kind.CALCULATE and not get("calculation"):
            self.layout.fault("row.calculation_missing", cells.get("calculation", cells["type"]))
        if get("calculation") and kind is not Kind.CALCULATE and not self._yes(row, "readonly"):
            # A field client would overwrite what somebody has typed.
            self.layout.fault("row.calculation_asked", cells["calculation"])
        required = get("required")
        parameters = read_parameters(row, self.layout, kind, from_file=bool(of.file))
        choices = self._choices(of, cells["type"], parameters)
        if kind is Kind.ACKNOWLEDGE:
            choices = (Choice(ACKNOWLEDGED, self._ours("acknowledged")),)
        appearance = _menu(get("appearance"), kind, choices) if of.file else get("appearance")
        if "minimal" in appearance.split() and any(choice.media for choice in choices):
            # No browser shows pictures in a drop-down.
            cell = cells.get("appearance", cells["type"])
            self.layout.fault("media.menu", cell, is_error=False)
        return Question(
            name=name,
            kind=kind,
            labels=self.layout.texts(row, "survey", "label", needed=kind not in VARIABLES),
            hints=self.layout.texts(row, "survey", "hint"),
            media=self.media.of_row(row, "survey"),
            guidance=self.layout.texts(row, "survey", "guidance_hint"),
            list_name=of.list_name,
            choices=choices,
            choice_filter=get("choice_filter"),
            randomize=parameters.pop("randomize", "") == "true",
            parameters=parameters,
            relevant=both(relevant, get("relevant")),
            required="true()" if required.lower() in dialect.YES else self._unless_no(required),
            required_messages=self.layout.texts(row, "survey", "required_message"),
            constraint=get("constraint"),
            constraint_messages=self.layout.texts(row, "survey", "constraint_message"),
            calculation=get("calculation"),
            trigger=self._trigger(row),
            default=self._default(row, kind, choices),
            appearance=appearance,
            item=get("item"),
            concept=get("concept"),
            sensitive=self._yes(row, "sensitive"),
            cells=cells,
        )

    def _choices(self, of: Type, cell: Cell, parameters: dict[str, str]) -> tuple[Choice, ...]:
        """The options of a list, wherever it stands."""
        if of.file:
            columns = {key: parameters.pop(key, usual) for key, usual in dialect.OF_FILE.items()}
            return self.files.choices(of.file, cell, **columns)
        lists = self.external if of.is_external else self.lists
        if of.list_name and of.list_name not in lists:
            code = "row.list_external" if of.is_external else "row.list_unknown"
            self.layout.fault(code, cell, name=of.list_name)
        return lists.get(of.list_name, ())

    def _trigger(self, row: Row) -> str:
        """Names of rows, written as ${name}; whether they exist is for ``forms.lint``."""
        written = self.layout.get(row, "survey", "trigger")
        if written and grammar.without_references(written).strip(" ,"):
            cell = self.layout.cells(row, "survey")["trigger"]
            self.layout.fault("row.trigger", cell, value=written)
        return written

    def _default(self, row: Row, kind: Kind, choices: tuple[Choice, ...]) -> str:
        """A fixed text; one that would have to be worked out is a fault."""
        written = self.layout.get(row, "survey", "default")
        cell = self.layout.cells(row, "survey").get("default", row.start)
        if "${" in written:
            self.layout.fault("row.default_dynamic", cell, value=written)
        elif written and kind in LISTS:
            names = {choice.name for choice in choices}
            for name in written.split():
                if name not in names:
                    self.layout.fault("row.default_choice", cell, name=name)
        return written

    @staticmethod
    def _unless_no(rule: str) -> str:
        return "" if rule.lower() in dialect.NO else rule

    def name(self, row: Row) -> str:
        """The row's name if it may have it, else empty."""
        name = self.layout.get(row, "survey", "name")
        cell = self.layout.cells(row, "survey").get("name", row.start)
        if not name:
            self.layout.fault("row.name_missing", cell)
        elif not naming.OURS.fullmatch(name):
            self.layout.fault("row.name_invalid", cell, name=name)
        elif name in dialect.RESERVED or name.startswith(dialect.RESERVED_STARTS):
            self.layout.fault("row.name_reserved", cell, name=name)
        elif name in self.names:
            self.layout.fault("row.name_duplicate", cell, name=name, first=self.names[name].address)
            return ""
        self.names.setdefault(name, cell)
        return name

    def check_group(self, row: Row) -> None:
        self._check_fitting(row, dialect.OF_GROUP, "begin group")
        self._check_appearance(row)

    def _check_fitting(self, row: Row, fitting: set[str], kind: str) -> None:
        for column, headers in self.layout.headers["survey"].items():
            for header in headers.values():
                if row.get(header) and column not in fitting:
                    cell = row.cells[header]
                    self.layout.fault("row.not_applicable", cell, column=header, type=str(kind))

    def _check_appearance(self, row: Row) -> None:
        for word in self.layout.get(row, "survey", "appearance").split():
            if word not in dialect.APPEARANCES | dialect.LOOKS:
                cell = self.layout.cells(row, "survey")["appearance"]
                self.layout.fault("row.appearance_unknown", cell, name=word)

    def _yes(self, row: Row, column: str) -> bool:
        written = self.layout.get(row, "survey", column)
        if written.lower() not in dialect.YES | dialect.NO:
            self.layout.fault("row.yes_no", self.layout.cells(row, "survey")[column], value=written)
        return written.lower() in dialect.YES


def _menu(appearance: str, kind: Kind, choices: tuple[Choice, ...]) -> str:
    """A long list from a file is a menu, unless the author says how it looks."""
    is_menu = kind is Kind.SELECT_ONE and not appearance and len(choices) > _MOST_BUTTONS
    return "minimal" if is_menu else appearance


def _with_value(labels: Text, value: str) -> dict[str, str]:
    return {code: f"{text}: {value}" if value else text for code, text in labels.items()}


def both(first: str, second: str) -> str:
    """The rule that holds where both hold; an empty rule always holds."""
    return f"({first}) and ({second})" if first and second else first or second
