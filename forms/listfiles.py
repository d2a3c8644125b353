"""Choice lists that stand in a CSV file beside the form: provinces, communes, villages.

The file becomes an ordinary list of options: the frozen questionnaire holds it whole, so that a
corrected file is a new version, and pages, XForm, paper and codebook know nothing of files.

Source: https://docs.getodk.org/form-question-types/#select-from-file (columns ``name`` and
``label``, parameters ``value`` and ``label``; the list is named as the file without its ending).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from forms import grammar, languages, sheets
from forms.faults import Fault, fault
from forms.layout import Layout
from forms.model import Cell, Choice
from forms.sheets import Row, Sheet

#: Villages of a large province; no page or client can offer more at once anyway.
MAX_ROWS = 20_000
#: Faults that are told of one file: whoever sees these knows what is wrong with the rest.
MAX_FAULTS = 20


@dataclass
class ListFiles:
    """The files beside a form; each is read when a row first names it."""

    folder: Path
    layout: Layout
    #: Lists of the choices sheet, whose names a file must not take.
    taken: Mapping[str, object]
    used: set[str] = field(default_factory=set)
    _read: dict[tuple[str, str, str], tuple[Choice, ...]] = field(default_factory=dict)

    def choices(self, name: str, cell: Cell, *, value: str, label: str) -> tuple[Choice, ...]:
        """The options of a file; none if it cannot be read, with the reason reported."""
        key = (name, value, label)
        if key not in self._read:
            self._read[key] = self._choices(name, cell, value, label)
        return self._read[key]

    def _choices(self, name: str, cell: Cell, value: str, label: str) -> tuple[Choice, ...]:
        self.used.add(name)
        stem, _, ending = name.rpartition(".")
        if ending.lower() != "csv" or not grammar.is_name(stem):
            self.layout.fault("list.file_kind", cell, name=name)
            return ()
        if stem in self.taken or stem in sheets.NAMES:
            self.layout.fault("list.file_name", cell, name=name)
            return ()
        path = self.folder / name
        if not path.is_file():
            self.layout.fault("list.file_missing", cell, name=name)
            return ()
        found: list[Fault] = []
        sheet = sheets.listed(path, MAX_ROWS, found)
        made = _List(sheet, self.layout, value, label, found).choices() if sheet else ()
        self.layout.faults += found[:MAX_FAULTS]
        return made


@dataclass
class _List:
    sheet: Sheet
    layout: Layout
    value: str
    label: str
    faults: list[Fault]

    def choices(self) -> tuple[Choice, ...]:
        labels = self._labels()
        lacking = [self.value] if self.value not in self.sheet.columns else []
        lacking += [] if labels else [self.label]
        for name in lacking:
            self._fault("column.missing", Cell(self.sheet.name, 1, 1), name=name)
        if lacking:
            return ()
        named: dict[str, Choice] = {}
        for row in self.sheet.rows:
            choice = self._choice(row, labels, named)
            if choice is not None:
                named[choice.name] = choice
        if not named:
            self._fault("sheet.empty", Cell(self.sheet.name, 1, 1), name=self.sheet.name)
        return tuple(named.values())

    def _labels(self) -> dict[str, str]:
        """Header by language; one without a language holds for all that have none of their own."""
        found: dict[str, str] = {}
        for header in self.sheet.columns:
            base, _, written = (part.strip() for part in header.partition("::"))
            code = languages.code(written) if written else ""
            if base == self.label and code:
                found[code] = header
        if self.label in self.sheet.columns:
            for code in self.layout.languages or [self.layout.default_language]:
                found.setdefault(code, self.label)
        return found

    def _choice(
        self, row: Row, labels: Mapping[str, str], named: Mapping[str, Choice]
    ) -> Choice | None:
        name = row.get(self.value)
        here = row.cells[self.value]
        if not name:
            self._fault("row.name_missing", here)
        elif " " in name:
            self._fault("choice.name_blank", here, name=name)
        elif name in named:
            self._fault("choice.duplicate", here, name=name, list=self.sheet.name)
        else:
            self._check_labels(row, labels)
            own = {self.value, "missing", *labels.values()}
            return Choice(
                name=name,
                labels={code: row.get(h) for code, h in labels.items() if row.get(h)},
                missing=row.get("missing"),
                columns={h: t for h, t in row.texts.items() if h not in own and grammar.is_name(h)},
            )
        return None

    def _check_labels(self, row: Row, labels: Mapping[str, str]) -> None:
        has_any = any(row.get(header) for header in labels.values())
        for code in self.layout.languages:
            if not row.get(labels.get(code, "")):
                cell = row.cells.get(labels.get(code, ""), row.start)
                own = self.layout.is_default_named and code == self.layout.default_language
                is_error = own or not has_any
                self._fault("row.label_missing", cell, is_error=is_error, language=code)

    def _fault(self, code: str, cell: Cell, *, is_error: bool = True, **facts: object) -> None:
        self.faults.append(fault(code, cell, is_error=is_error, **facts))


def unused(folder: Path, used: Iterable[str]) -> list[str]:
    """CSV files of a folder that are no sheet and no list of any question."""
    known = {f"{name}.csv" for name in sheets.NAMES} | set(used)
    return sorted(path.name for path in folder.glob("*.csv") if path.name not in known)
