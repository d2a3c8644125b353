"""XLSForm in: an .xlsx workbook or CSV sheets, out: a Questionnaire, or all faults with cells.

What is supported is listed here in tables; everything else is a fault that names its cell.
Source: https://xlsform.org/en/ref-table/ and https://getodk.github.io/xforms-spec/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from forms import grammar, lint, pages, sheets
from forms.faults import Fault, XlsformError, fault
from forms.model import SELECTS, Cell, Choice, Kind, Question, Questionnaire, Section
from forms.sheets import Row, Sheet

_TRANSLATED = {"label", "hint", "required_message", "constraint_message", "form_title"}
_SURVEY = {
    *("type", "name", "label", "hint", "relevant", "required", "required_message"),
    *("constraint", "constraint_message", "calculation", "choice_filter", "appearance"),
    *("parameters", "item", "concept", "sensitive"),
}
_CHOICES = {"list_name", "name", "label", "missing"}
_SETTINGS = {"form_id", "form_title", "version", "default_language", "eligibility"}
_OTHER_NAMES = {"list name": "list_name", "relevance": "relevant", "value": "name"}

_ANYWHERE = {"type", "name", "relevant", "item", "concept", "label"}
_OF_ASKED = {
    *("hint", "required", "required_message", "constraint", "constraint_message"),
    *("appearance", "sensitive"),
}
#: Which columns a row of each type may fill.
_FITTING = {
    **dict.fromkeys(Kind, _ANYWHERE | _OF_ASKED),
    **{kind: _ANYWHERE | _OF_ASKED | {"choice_filter", "parameters"} for kind in SELECTS},
    Kind.NOTE: _ANYWHERE | {"hint", "appearance"},
    Kind.CALCULATE: _ANYWHERE | {"calculation"},
    Kind.HIDDEN: {"type", "name", "item", "concept", "label"},
}
_OF_GROUP = {"type", "name", "relevant", "label", "appearance"}
_APPEARANCES = {"likert", "minimal", "multiline", "field-list"}
_YES, _NO = {"yes", "true", "true()"}, {"", "no", "false", "false()"}
#: Names that a page's form class already has, with the application's base class.
RESERVED = frozenset(
    {
        *("answers", "context", "csrf_token", "data", "errors", "form", "form_errors"),
        *("hidden_tag", "is_submitted", "language", "meta", "own_options", "parsed"),
        *("populate_obj", "post_process", "process", "questionnaire", "section", "submit"),
        *("title", "validate", "validate_on_submit"),
    }
)
_LANGUAGE = re.compile(r"(?:.*\(([a-z]{2,3})\)|([a-z]{2,3}))\Z")


def read(source: str | PathLike[str] | Sequence[str | PathLike[str]]) -> Questionnaire:
    """Read a questionnaire.

    Parameters
    ----------
    source : path, or sequence of paths
        An .xlsx file, a folder with survey.csv, choices.csv and settings.csv, or those files.

    Raises
    ------
    XlsformError
        ``problems`` has every fault found, each with its cell and its message.
    """
    several = isinstance(source, Sequence) and not isinstance(source, str)
    paths = [Path(each) for each in source] if several else Path(source)
    reader = _Reader()
    q = reader.questionnaire(sheets.read(paths, reader.faults))
    faults = reader.faults + (lint.faults(q, reader.withheld) if q is not None else [])
    if any(each.is_error for each in faults):
        order = {name: index for index, name in enumerate(sheets.NAMES)}
        errors = (each for each in faults if each.is_error)
        raise XlsformError(
            sorted(errors, key=lambda f: (order.get(f.sheet, -1), f.row, f.column, f.code))
        )
    return q


@dataclass
class _Group:
    """A "begin group" that is still open."""

    row: Row
    relevant: str
    questions: list[Question] = field(default_factory=list)


@dataclass
class _Reader:
    faults: list[Fault] = field(default_factory=list)
    #: Names of rows that had faults and are left out: rules may still refer to them.
    withheld: set[str] = field(default_factory=set)
    names: dict[str, Cell] = field(default_factory=dict)
    default_language: str = "vi"
    languages: list[str] = field(default_factory=list)
    #: Per sheet: column -> {language: header as written}.
    headers: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    lists: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    groups: list[_Group] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    variables: list[Question] = field(default_factory=list)

    def questionnaire(self, book: Mapping[str, Sheet]) -> Questionnaire | None:
        for name in ("survey", "settings"):
            if name not in book:
                self._fault("sheet.missing", Cell(name, 1, 1), name=name)
        if "survey" not in book:
            return None
        empty = Sheet("", {}, ())
        settings, choices = book.get("settings", empty), book.get("choices", empty)
        self._default_language(settings)
        self._headers(settings, _SETTINGS, ("form_id", "version", "default_language"))
        self._headers(choices, _CHOICES, ("list_name", "name"), extra=True)
        self._headers(book["survey"], _SURVEY, ("type", "name"))
        self._choices(choices)
        self._survey(book["survey"])
        return self._assembled(settings)

    # Headers and settings

    def _default_language(self, settings: Sheet) -> None:
        written = settings.rows[0].get("default_language") if settings.rows else ""
        match = _LANGUAGE.match(written)
        if match:
            self.default_language = match[1] or match[2]
        elif written:
            cell = settings.rows[0].cells["default_language"]
            self._fault("column.language", cell, name=written)

    def _headers(
        self, sheet: Sheet, known: set[str], needed: tuple[str, ...], *, extra: bool = False
    ) -> None:
        """Sort the columns of a sheet by name and language."""
        found: dict[str, dict[str, str]] = {}
        for header, cell in sheet.columns.items():
            base, _, language = header.partition("::")
            base = base.strip().lower() if base.strip().lower() in known else base.strip()
            base = _OTHER_NAMES.get(base.lower(), base)
            if base not in known and not (extra and grammar.is_name(header)):
                self._fault("column.unknown", cell, name=header)
            elif base not in _TRANSLATED:
                if language:
                    self._fault("column.unknown", cell, name=header)
                found[base] = {"": header}
            elif code := self._language(language, cell):
                found.setdefault(base, {})[code] = header
        for base in needed:
            if sheet.name and base not in found:
                self._fault("column.missing", Cell(sheet.name, 1, 1), name=base)
        self.headers[sheet.name] = found

    def _language(self, written: str, cell: Cell) -> str:
        if not written.strip():
            code = self.default_language
        else:
            match = _LANGUAGE.match(written.strip())
            if match is None:
                self._fault("column.language", cell, name=written)
                return ""
            code = match[1] or match[2]
        if code not in self.languages:
            self.languages.append(code)
        return code

    def _get(self, row: Row, sheet: str, column: str) -> str:
        header = self.headers.get(sheet, {}).get(column, {}).get("", "")
        return row.get(header)

    def _texts(self, row: Row, sheet: str, column: str, *, needed: bool = False) -> dict[str, str]:
        """Texts of a column by language; a language that is missing while needed is a fault."""
        headers = self.headers.get(sheet, {}).get(column, {})
        texts = {code: row.get(header) for code, header in headers.items() if row.get(header)}
        if needed or texts:
            for code in self.languages:
                if code not in texts:
                    cell = row.cells.get(headers.get(code, ""), self._start(row))
                    self._fault("row.label_missing", cell, is_error=needed, language=code)
        return texts

    # Choices

    def _choices(self, sheet: Sheet) -> None:
        lists: dict[str, dict[str, Choice]] = {}
        own = {h for base in _CHOICES for h in self.headers[sheet.name].get(base, {}).values()}
        for row in sheet.rows:
            list_name = self._get(row, sheet.name, "list_name")
            name = self._get(row, sheet.name, "name")
            cells = self._cells(row, sheet.name)
            for column, text in (("list_name", list_name), ("name", name)):
                if not text:
                    self._fault("row.name_missing", cells[column])
            if not list_name or not name:
                continue
            if " " in name:
                self._fault("choice.name_blank", cells["name"], name=name)
            group = lists.setdefault(list_name, {})
            if name in group:
                self._fault("choice.duplicate", cells["name"], name=name, list=list_name)
                continue
            group[name] = Choice(
                name=name,
                labels=self._texts(row, sheet.name, "label", needed=True),
                missing=self._get(row, sheet.name, "missing"),
                columns={header: text for header, text in row.texts.items() if header not in own},
                cells=cells,
            )
        self.lists = {name: tuple(group.values()) for name, group in lists.items()}

    # Survey

    def _survey(self, sheet: Sheet) -> None:
        for row in sheet.rows:
            words = self._get(row, "survey", "type").split()
            kind = " ".join(words[:2]).replace("_", " ").lower()
            if not words:
                self._fault("row.type_missing", self._start(row))
            elif kind in ("begin group", "end group") and len(words) <= 2:
                self._begin(row) if kind == "begin group" else self._end(row)
            else:
                self._question(row, words)
        for group in self.groups:
            name = self._get(group.row, "survey", "name")
            self._fault("group.unclosed", self._start(group.row), name=name)

    def _begin(self, row: Row) -> None:
        name = self._name(row)
        self._check_fitting(row, _OF_GROUP, "begin group")
        self._check_appearance(row)
        relevant = self._get(row, "survey", "relevant")
        if self.groups:
            self._nested_label(row, name)
            relevant = _both(self.groups[-1].relevant if len(self.groups) > 1 else "", relevant)
        self.groups.append(_Group(row, relevant))

    def _nested_label(self, row: Row, name: str) -> None:
        """A nested group is no page of its own; its title becomes a note on the page."""
        labels = self._texts(row, "survey", "label")
        if not labels or not name:
            return
        outer = self.groups[-1].relevant if len(self.groups) > 1 else ""
        relevant = _both(outer, self._get(row, "survey", "relevant"))
        cells = self._cells(row, "survey")
        note = Question(name, Kind.NOTE, labels=labels, relevant=relevant, cells=cells)
        self.groups[0].questions.append(note)

    def _end(self, row: Row) -> None:
        if not self.groups:
            self._fault("group.unopened", self._start(row))
            return
        group = self.groups.pop()
        if self.groups:
            return
        name = self._get(group.row, "survey", "name")
        if not group.questions:
            self._fault("group.empty", self._start(group.row), is_error=False, name=name)
            return
        self.sections.append(
            Section(
                name=name,
                labels=self._texts(group.row, "survey", "label"),
                relevant=group.relevant,
                questions=tuple(group.questions),
                cells=self._cells(group.row, "survey"),
            )
        )

    def _question(self, row: Row, words: list[str]) -> None:
        name = self._name(row)
        before = len(self.faults)
        kind = self._kind(row, words)
        question = self._made(row, name, kind, words[1:]) if kind and name else None
        if question is None or any(f.is_error for f in self.faults[before:]):
            self.withheld.add(name)
        if question is None:
            return
        if kind in (Kind.CALCULATE, Kind.HIDDEN):
            self.variables.append(question)
        elif self.groups:
            self.groups[0].questions.append(question)
        else:
            self.sections.append(Section(name, questions=(question,), cells=question.cells))

    def _kind(self, row: Row, words: list[str]) -> Kind | None:
        written = " ".join(words)
        cell = self._cells(row, "survey")["type"]
        try:
            kind = Kind(words[0])
        except ValueError:
            self._fault("row.type_unknown", cell, type=written)
            return None
        if len(words) > (2 if kind in SELECTS else 1):
            self._fault("row.type_unknown", cell, type=written)
            return None
        if kind in SELECTS and len(words) == 1:
            self._fault("row.list_missing", cell, type=written)
            return None
        return kind

    def _made(self, row: Row, name: str, kind: Kind, rest: list[str]) -> Question | None:
        cells = self._cells(row, "survey")
        self._check_fitting(row, _FITTING[kind], kind)
        self._check_appearance(row)
        if rest and rest[0] not in self.lists:
            self._fault("row.list_unknown", cells["type"], name=rest[0])
        if kind is Kind.CALCULATE and not self._get(row, "survey", "calculation"):
            self._fault("row.calculation_missing", cells.get("calculation", cells["type"]))
        needed = kind not in (Kind.CALCULATE, Kind.HIDDEN)

        def get(column: str) -> str:
            return self._get(row, "survey", column)

        required = get("required")
        own = get("relevant")
        inner = self.groups[-1].relevant if len(self.groups) > 1 else ""
        whole = self.groups[0].relevant if self.groups and not needed else ""
        return Question(
            name=name,
            kind=kind,
            labels=self._texts(row, "survey", "label", needed=needed),
            hints=self._texts(row, "survey", "hint"),
            list_name=rest[0] if rest else "",
            choices=self.lists.get(rest[0], ()) if rest else (),
            choice_filter=get("choice_filter"),
            randomize=self._randomize(row),
            # A page's own relevance holds for what it shows; a variable in it is on no page.
            relevant=_both(whole, _both(inner, own)),
            required="true()" if required.lower() in _YES else self._unless_no(required),
            required_messages=self._texts(row, "survey", "required_message"),
            constraint=get("constraint"),
            constraint_messages=self._texts(row, "survey", "constraint_message"),
            calculation=get("calculation"),
            appearance=get("appearance"),
            item=get("item"),
            concept=get("concept"),
            sensitive=self._yes(row, "sensitive"),
            cells=cells,
        )

    @staticmethod
    def _unless_no(rule: str) -> str:
        return "" if rule.lower() in _NO else rule

    # Single cells

    def _name(self, row: Row) -> str:
        """The row's name if it may have it, else empty."""
        name = self._get(row, "survey", "name")
        cell = self._cells(row, "survey").get("name", self._start(row))
        if not name:
            self._fault("row.name_missing", cell)
        elif not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            self._fault("row.name_invalid", cell, name=name)
        elif name in RESERVED:
            self._fault("row.name_reserved", cell, name=name)
        elif name in self.names:
            self._fault("row.name_duplicate", cell, name=name, first=self.names[name].address)
            return ""
        self.names.setdefault(name, cell)
        return name

    def _check_fitting(self, row: Row, fitting: set[str], kind: str) -> None:
        for column, headers in self.headers["survey"].items():
            for header in headers.values():
                if row.get(header) and column not in fitting:
                    cell = row.cells[header]
                    self._fault("row.not_applicable", cell, column=header, type=str(kind))

    def _check_appearance(self, row: Row) -> None:
        for word in self._get(row, "survey", "appearance").split():
            if word not in _APPEARANCES:
                cell = self._cells(row, "survey")["appearance"]
                self._fault("row.appearance_unknown", cell, name=word)

    def _yes(self, row: Row, column: str) -> bool:
        written = self._get(row, "survey", column)
        if written.lower() not in _YES | _NO:
            self._fault("row.yes_no", self._cells(row, "survey")[column], value=written)
        return written.lower() in _YES

    def _randomize(self, row: Row) -> bool:
        found = False
        for parameter in self._get(row, "survey", "parameters").split():
            key, _, value = parameter.partition("=")
            if key != "randomize" or value.lower() not in ("true", "false"):
                cell = self._cells(row, "survey")["parameters"]
                self._fault("row.parameter_unknown", cell, name=parameter)
            found = found or value.lower() == "true"
        return found

    def _cells(self, row: Row, sheet: str) -> dict[str, Cell]:
        """Cells by column, for a translated column by "label::vi"."""
        found = {}
        for column, headers in self.headers.get(sheet, {}).items():
            for code, header in headers.items():
                found[f"{column}::{code}" if code else column] = row.cells[header]
        for column in ("type", "name", "list_name"):
            found.setdefault(column, self._start(row))
        return found

    @staticmethod
    def _start(row: Row) -> Cell:
        """Where to point when a row's cell does not exist: its first column."""
        return min(row.cells.values(), key=lambda cell: cell.column)

    def _assembled(self, settings: Sheet) -> Questionnaire:
        row = settings.rows[0] if settings.rows else Row(2, {}, {"": Cell("settings", 2, 1)})
        for extra in settings.rows[1:]:
            self._fault("settings.rows", self._start(extra))
        cells = self._cells(row, "settings") if settings.rows else {}
        for name in ("form_id", "version", "default_language"):
            if settings.columns and not self._get(row, "settings", name):
                self._fault("settings.missing", cells.get(name, self._start(row)), name=name)
        if self.languages and self.default_language not in self.languages:
            cell = cells.get("default_language", self._start(row))
            self._fault("settings.language", cell, language=self.default_language)
        others = [code for code in self.languages if code != self.default_language]
        q = Questionnaire(
            form_id=self._get(row, "settings", "form_id"),
            version=self._get(row, "settings", "version"),
            titles=self._texts(row, "settings", "form_title"),
            languages=(self.default_language, *others),
            default_language=self.default_language,
            sections=tuple(self.sections),
            variables=tuple(self.variables),
            eligibility=self._get(row, "settings", "eligibility"),
            cells=cells,
        )
        return pages.split(q)

    def _fault(self, code: str, cell: Cell, *, is_error: bool = True, **facts: object) -> None:
        self.faults.append(fault(code, cell, is_error=is_error, **facts))


def _both(first: str, second: str) -> str:
    return f"({first}) and ({second})" if first and second else first or second
