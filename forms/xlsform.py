"""XLSForm in: an .xlsx workbook or CSV sheets, out: a Questionnaire, or all faults with cells.

What is supported stands in ``forms.dialect``; everything else is a fault that names its cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path

from forms import canonical, choicelists, dialect, lint, naming, pages, repeats, roundrows, sheets
from forms.faults import Fault, XlsformError, fault
from forms.layout import Layout
from forms.listfiles import ListFiles, unused
from forms.mediafiles import MediaFiles
from forms.model import VARIABLES, Cell, Cells, Kind, Question, Questionnaire, Section
from forms.rows import Rows, both
from forms.sheets import Row, Sheet

#: Groups within groups; and options of all questions together, a list counted wherever it is used.
MOST_DEEP, MOST_OPTIONS = 30, 300_000


def read(source: str | PathLike[str] | Sequence[str | PathLike[str]]) -> Questionnaire:
    """Read a questionnaire.

    Parameters
    ----------
    source : path, or sequence of paths
        An .xlsx file; a folder with one .xlsx file or survey.csv, choices.csv and settings.csv;
        or those files.  Lists that stand in CSV files of their own are looked for beside it.

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
    first = paths[0] if isinstance(paths, list) else paths
    is_folder = isinstance(paths, Path) and paths.is_dir()
    if is_folder and not (first / "survey.csv").exists():
        books = list(first.glob("*.xlsx"))
        paths = books[0] if len(books) == 1 else paths
    book = paths if isinstance(paths, Path) else first
    reader = _Reader(
        first if is_folder else first.parent, is_folder, naming.plain(book.stem, "form")
    )
    q = reader.questionnaire(sheets.read(paths, reader.faults))
    faults = reader.faults + (lint.faults(q, reader.withheld) if q is not None else [])
    if reader.has_repeats:
        faults = list({(f.code, f.cell, _told(f)): f for f in reversed(faults)}.values())
    order = {name: index for index, name in enumerate(sheets.NAMES)}
    faults.sort(key=lambda f: (order.get(f.sheet, -1), f.row, f.column, f.code))
    return q, faults


def _told(found: Fault) -> str:
    """A fault's words, those of a repeat's rounds all the same: they are one row of the sheet."""
    return re.sub(r"(?:_[0-9]+)+\b", "", found.message)


@dataclass
class _Group:
    """A "begin group" that is still open."""

    row: Row
    relevant: str
    questions: list[Question] = field(default_factory=list)


@dataclass
class _Reader:
    #: Where the files stand that the form names; whether whatever else is there must be of use.
    beside: Path
    is_folder: bool
    #: What stands in for a form_id, as in pyxform: the file's name.
    stem: str
    faults: list[Fault] = field(default_factory=list)
    #: Names of rows that had faults and are left out: rules may still refer to them.
    withheld: set[str] = field(default_factory=set)
    layout: Layout = field(init=False)
    rows: Rows = field(init=False)
    groups: list[_Group] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    variables: list[Question] = field(default_factory=list)
    has_repeats: bool = False

    def questionnaire(self, book: Mapping[str, Sheet]) -> Questionnaire | None:
        if not book and any(each.is_error for each in self.faults):
            return None  # the file could not be opened; what it lacks is not known
        if "survey" not in book:
            self._fault("sheet.missing", Cell("survey", 1, 1), name="survey")
            return None
        self.layout = Layout.of(book, self.faults)
        book = naming.made_plain(book, self.layout)
        media = MediaFiles(self.beside, self.layout)
        lists, external = (
            choicelists.read(book[name], self.layout, media) if name in book else {}
            for name in ("choices", "external_choices")
        )
        rows = repeats.written_out(book["survey"].rows, self.layout)
        self.has_repeats = rows != book["survey"].rows
        if any(f"select_one {roundrows.LIST}" in row.texts.values() for row in rows):
            lists.setdefault(roundrows.LIST, roundrows.more(self.layout))
        files = ListFiles(self.beside, self.layout, {**lists, **external})
        self.rows = Rows(self.layout, lists, external, files, media)
        self._survey(rows)
        self._unused_lists()
        self._count_options()
        return self._assembled(book.get("settings", Sheet("settings", {}, ())))

    def _count_options(self) -> None:
        n = 0
        for question in (each for section in self.sections for each in section.questions):
            n += len(question.choices)
            if n > MOST_OPTIONS:
                self._fault("choice.too_many", question.cells["type"], most=MOST_OPTIONS)
                self.sections = []
                return

    def _unused_lists(self) -> None:
        used = {q.list_name for section in self.sections for q in section.questions}
        for lists in (self.rows.lists, self.rows.external):
            for name, choices in lists.items():
                if name not in used:
                    cell = choices[0].cells["name"]
                    self._fault("choice.unused", cell, is_error=False, name=name)
        for name in unused(self.beside, self.rows.files.used) if self.is_folder else ():
            self._fault("sheet.unknown", Cell(name, 1, 1), name=name)
        for name in self.rows.media.unused() if self.is_folder else ():
            self._fault("media.unused", Cell(name, 1, 1), name=name)

    def _survey(self, rows: Sequence[Row]) -> None:
        for row in rows:
            words = dialect.plain_type(self.layout.get(row, "survey", "type")).split()
            kind = " ".join(words[:2]).replace("_", " ").lower()
            if not words:
                self._fault("row.type_missing", row.start)
            elif kind == "begin group" and len(self.groups) == MOST_DEEP:
                # What all the groups around ask for would be said again in each.
                self._fault("group.deep", row.start, most=MOST_DEEP)
                self.sections, self.groups, self.variables = [], [], []
                return
            elif kind in ("begin group", "end group") and len(words) <= 2:
                self._begin(row) if kind == "begin group" else self._end(row)
            elif kind == "end repeat" and len(words) <= 2:
                self._fault("repeat.unopened", row.start)
            else:
                self._question(row)
        while self.groups:
            name = self.layout.get(self.groups[-1].row, "survey", "name")
            self._fault("group.unclosed", self.groups[-1].row.start, name=name)
            self._close()

    def _begin(self, row: Row) -> None:
        name = self.rows.name(row)
        self.rows.check_group(row)
        relevant = self.layout.get(row, "survey", "relevant")
        if self.groups:
            self._nested_label(row, name)
            relevant = both(self.groups[-1].relevant if len(self.groups) > 1 else "", relevant)
        self.groups.append(_Group(row, relevant))

    def _nested_label(self, row: Row, name: str) -> None:
        """A nested group is no page of its own; its title becomes a note on the page."""
        labels = self.layout.texts(row, "survey", "label")
        if not labels or not name:
            return
        outer = self.groups[-1].relevant if len(self.groups) > 1 else ""
        relevant = both(outer, self.layout.get(row, "survey", "relevant"))
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

    def _question(self, row: Row) -> None:
        name = self.rows.name(row)
        before = len(self.faults)
        of = self.rows.type_of(row)
        made = self.rows.questions(row, name, of, self._relevant(of.kind)) if of and name else []
        if not made or any(f.is_error for f in self.faults[before:]):
            self.withheld.update({name, *(each.name for each in made)})
        for question in made:
            if question.kind in VARIABLES:
                self.variables.append(question)
            elif self.groups:
                self.groups[0].questions.append(self._in_table(question))
            else:
                cells = question.cells
                self.sections.append(Section(question.name, questions=(question,), cells=cells))

    def _in_table(self, question: Question) -> Question:
        """Choices of one in a group that is a table are lines of it."""
        appearances = (self.layout.get(g.row, "survey", "appearance").split() for g in self.groups)
        is_table = any("table-list" in words for words in appearances)
        if not is_table or question.kind is not Kind.SELECT_ONE or question.appearance:
            return question
        return replace(question, appearance="matrix")

    def _relevant(self, kind: Kind) -> str:
        """What the open groups ask of a row.

        A page's own relevance holds for what it shows; a variable in it is on no page.
        """
        inner = self.groups[-1].relevant if len(self.groups) > 1 else ""
        is_variable = kind in VARIABLES
        whole = self.groups[0].relevant if self.groups and is_variable else ""
        return both(whole, inner)

    def _assembled(self, settings: Sheet) -> Questionnaire:
        row = settings.rows[0] if settings.rows else Row(2, {}, {"": Cell("settings", 2, 1)})
        for extra in settings.rows[1:]:
            self._fault("settings.rows", extra.start)
        cells = self.layout.cells(row, "settings") if settings.rows else {}
        if self.layout.languages and self.layout.default_language not in self.layout.languages:
            cell = cells.get("default_language", row.start)
            self._fault("settings.language", cell, language=self.layout.default_language)
        others = [code for code in self.layout.languages if code != self.layout.default_language]
        q = Questionnaire(
            form_id=self.layout.get(row, "settings", "form_id") or self.stem,
            version=self.layout.get(row, "settings", "version"),
            titles=self.layout.texts(row, "settings", "form_title"),
            languages=(self.layout.default_language, *others),
            default_language=self.layout.default_language,
            sections=tuple(self.sections),
            variables=tuple(self.variables),
            eligibility=self.layout.get(row, "settings", "eligibility"),
            files=dict(sorted(self.rows.media.found.items())),
            cells=cells,
        )
        q = pages.split(q)
        if not q.version:
            # The same content always has the same version, another content another one.
            q = replace(q, version=canonical.sha256(q)[:10])
        self._tell_stood_in(q, row, cells)
        return q

    def _tell_stood_in(self, q: Questionnaire, row: Row, cells: Cells) -> None:
        for name in dialect.STOOD_IN:
            if not self.layout.get(row, "settings", name):
                cell, value = cells.get(name, row.start), getattr(q, name)
                self._fault("settings.stood_in", cell, is_error=False, name=name, value=value)

    def _fault(self, code: str, cell: Cell, *, is_error: bool = True, **facts: object) -> None:
        self.faults.append(fault(code, cell, is_error=is_error, **facts))
