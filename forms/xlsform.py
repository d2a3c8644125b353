"""XLSForm in: an .xlsx workbook or CSV sheets, out: a Questionnaire, or all faults with cells.

What is supported stands in ``forms.dialect``; everything else is a fault that names its cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from forms import dialect, lint, pages, sheets
from forms.faults import Fault, XlsformError, fault
from forms.layout import Layout
from forms.model import SELECTS, Cell, Choice, Kind, Question, Questionnaire, Section
from forms.sheets import Row, Sheet


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
    q, faults = check(source)
    errors = [each for each in faults if each.is_error]
    if errors or q is None:
        raise XlsformError(errors)
    return q


def check(
    source: str | PathLike[str] | Sequence[str | PathLike[str]],
) -> tuple[Questionnaire | None, list[Fault]]:
    """As ``read``, but returns what could be made and all faults, warnings too, in sheet order."""
    several = isinstance(source, Sequence) and not isinstance(source, str)
    paths = [Path(each) for each in source] if several else Path(source)
    reader = _Reader()
    q = reader.questionnaire(sheets.read(paths, reader.faults))
    faults = reader.faults + (lint.faults(q, reader.withheld) if q is not None else [])
    order = {name: index for index, name in enumerate(sheets.NAMES)}
    faults.sort(key=lambda f: (order.get(f.sheet, -1), f.row, f.column, f.code))
    return q, faults


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
    layout: Layout = field(init=False)
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
        self.layout = Layout.of(book, self.faults)
        if "choices" in book:
            self._choices(book["choices"])
        self._survey(book["survey"])
        self._unused_lists()
        return self._assembled(book.get("settings", Sheet("settings", {}, ())))

    # Choices

    def _choices(self, sheet: Sheet) -> None:
        lists: dict[str, dict[str, Choice]] = {}
        own = self.layout.own_columns("choices")
        for row in sheet.rows:
            list_name = self.layout.get(row, "choices", "list_name")
            name = self.layout.get(row, "choices", "name")
            cells = self.layout.cells(row, "choices")
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
                labels=self.layout.texts(row, "choices", "label", needed=True),
                missing=self.layout.get(row, "choices", "missing"),
                columns={header: text for header, text in row.texts.items() if header not in own},
                cells=cells,
            )
        self.lists = {name: tuple(group.values()) for name, group in lists.items()}

    def _unused_lists(self) -> None:
        used = {q.list_name for section in self.sections for q in section.questions}
        for name, choices in self.lists.items():
            if name not in used:
                self._fault("choice.unused", choices[0].cells["name"], is_error=False, name=name)

    # Survey

    def _survey(self, sheet: Sheet) -> None:
        for row in sheet.rows:
            words = self.layout.get(row, "survey", "type").split()
            kind = " ".join(words[:2]).replace("_", " ").lower()
            if not words:
                self._fault("row.type_missing", row.start)
            elif kind in ("begin group", "end group") and len(words) <= 2:
                self._begin(row) if kind == "begin group" else self._end(row)
            else:
                self._question(row, words)
        while self.groups:
            name = self.layout.get(self.groups[-1].row, "survey", "name")
            self._fault("group.unclosed", self.groups[-1].row.start, name=name)
            self._close()

    def _begin(self, row: Row) -> None:
        name = self._name(row)
        self._check_fitting(row, dialect.OF_GROUP, "begin group")
        self._check_appearance(row)
        relevant = self.layout.get(row, "survey", "relevant")
        if self.groups:
            self._nested_label(row, name)
            relevant = _both(self.groups[-1].relevant if len(self.groups) > 1 else "", relevant)
        self.groups.append(_Group(row, relevant))

    def _nested_label(self, row: Row, name: str) -> None:
        """A nested group is no page of its own; its title becomes a note on the page."""
        labels = self.layout.texts(row, "survey", "label")
        if not labels or not name:
            return
        outer = self.groups[-1].relevant if len(self.groups) > 1 else ""
        relevant = _both(outer, self.layout.get(row, "survey", "relevant"))
        cells = self.layout.cells(row, "survey")
        note = Question(name, Kind.NOTE, labels=labels, relevant=relevant, cells=cells)
        self.groups[0].questions.append(note)

    def _end(self, row: Row) -> None:
        if not self.groups:
            self._fault("group.unopened", row.start)
        else:
            self._close()

    def _close(self) -> None:
        """End the innermost group; an outermost one becomes a section."""
        group = self.groups.pop()
        if self.groups:
            return
        name = self.layout.get(group.row, "survey", "name")
        if not group.questions:
            self._fault("group.empty", group.row.start, is_error=False, name=name)
            return
        self.sections.append(
            Section(
                name=name,
                labels=self.layout.texts(group.row, "survey", "label"),
                relevant=group.relevant,
                questions=tuple(group.questions),
                cells=self.layout.cells(group.row, "survey"),
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
        cell = self.layout.cells(row, "survey")["type"]
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
        cells = self.layout.cells(row, "survey")
        self._check_fitting(row, dialect.FITTING[kind], kind)
        self._check_appearance(row)
        if rest and rest[0] not in self.lists:
            self._fault("row.list_unknown", cells["type"], name=rest[0])
        if kind is Kind.CALCULATE and not self.layout.get(row, "survey", "calculation"):
            self._fault("row.calculation_missing", cells.get("calculation", cells["type"]))
        needed = kind not in (Kind.CALCULATE, Kind.HIDDEN)

        def get(column: str) -> str:
            return self.layout.get(row, "survey", column)

        required = get("required")
        own = get("relevant")
        inner = self.groups[-1].relevant if len(self.groups) > 1 else ""
        whole = self.groups[0].relevant if self.groups and not needed else ""
        return Question(
            name=name,
            kind=kind,
            labels=self.layout.texts(row, "survey", "label", needed=needed),
            hints=self.layout.texts(row, "survey", "hint"),
            list_name=rest[0] if rest else "",
            choices=self.lists.get(rest[0], ()) if rest else (),
            choice_filter=get("choice_filter"),
            randomize=self._randomize(row),
            # A page's own relevance holds for what it shows; a variable in it is on no page.
            relevant=_both(whole, _both(inner, own)),
            required="true()" if required.lower() in dialect.YES else self._unless_no(required),
            required_messages=self.layout.texts(row, "survey", "required_message"),
            constraint=get("constraint"),
            constraint_messages=self.layout.texts(row, "survey", "constraint_message"),
            calculation=get("calculation"),
            appearance=get("appearance"),
            item=get("item"),
            concept=get("concept"),
            sensitive=self._yes(row, "sensitive"),
            cells=cells,
        )

    @staticmethod
    def _unless_no(rule: str) -> str:
        return "" if rule.lower() in dialect.NO else rule

    # Single cells

    def _name(self, row: Row) -> str:
        """The row's name if it may have it, else empty."""
        name = self.layout.get(row, "survey", "name")
        cell = self.layout.cells(row, "survey").get("name", row.start)
        if not name:
            self._fault("row.name_missing", cell)
        elif not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            self._fault("row.name_invalid", cell, name=name)
        elif name in dialect.RESERVED or name.startswith(dialect.RESERVED_STARTS):
            self._fault("row.name_reserved", cell, name=name)
        elif name in self.names:
            self._fault("row.name_duplicate", cell, name=name, first=self.names[name].address)
            return ""
        self.names.setdefault(name, cell)
        return name

    def _check_fitting(self, row: Row, fitting: set[str], kind: str) -> None:
        for column, headers in self.layout.headers["survey"].items():
            for header in headers.values():
                if row.get(header) and column not in fitting:
                    cell = row.cells[header]
                    self._fault("row.not_applicable", cell, column=header, type=str(kind))

    def _check_appearance(self, row: Row) -> None:
        for word in self.layout.get(row, "survey", "appearance").split():
            if word not in dialect.APPEARANCES:
                cell = self.layout.cells(row, "survey")["appearance"]
                self._fault("row.appearance_unknown", cell, name=word)

    def _yes(self, row: Row, column: str) -> bool:
        written = self.layout.get(row, "survey", column)
        if written.lower() not in dialect.YES | dialect.NO:
            self._fault("row.yes_no", self.layout.cells(row, "survey")[column], value=written)
        return written.lower() in dialect.YES

    def _randomize(self, row: Row) -> bool:
        found = False
        for parameter in self.layout.get(row, "survey", "parameters").split():
            key, _, value = parameter.partition("=")
            if key != "randomize" or value.lower() not in ("true", "false"):
                cell = self.layout.cells(row, "survey")["parameters"]
                self._fault("row.parameter_unknown", cell, name=parameter)
            found = found or value.lower() == "true"
        return found

    def _assembled(self, settings: Sheet) -> Questionnaire:
        row = settings.rows[0] if settings.rows else Row(2, {}, {"": Cell("settings", 2, 1)})
        for extra in settings.rows[1:]:
            self._fault("settings.rows", extra.start)
        cells = self.layout.cells(row, "settings") if settings.rows else {}
        for name in ("form_id", "version", "default_language"):
            if settings.columns and not self.layout.get(row, "settings", name):
                self._fault("settings.missing", cells.get(name, row.start), name=name)
        if self.layout.languages and self.layout.default_language not in self.layout.languages:
            cell = cells.get("default_language", row.start)
            self._fault("settings.language", cell, language=self.layout.default_language)
        others = [code for code in self.layout.languages if code != self.layout.default_language]
        q = Questionnaire(
            form_id=self.layout.get(row, "settings", "form_id"),
            version=self.layout.get(row, "settings", "version"),
            titles=self.layout.texts(row, "settings", "form_title"),
            languages=(self.layout.default_language, *others),
            default_language=self.layout.default_language,
            sections=tuple(self.sections),
            variables=tuple(self.variables),
            eligibility=self.layout.get(row, "settings", "eligibility"),
            cells=cells,
        )
        return pages.split(q)

    def _fault(self, code: str, cell: Cell, *, is_error: bool = True, **facts: object) -> None:
        self.faults.append(fault(code, cell, is_error=is_error, **facts))


def _both(first: str, second: str) -> str:
    return f"({first}) and ({second})" if first and second else first or second
