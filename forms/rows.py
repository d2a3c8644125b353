"""Rows of the survey sheet: the name, the type and the question of each, or its faults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from forms import dialect
from forms.layout import Layout
from forms.model import SELECTS, Cell, Choice, Kind, Question
from forms.sheets import Row


@dataclass
class Rows:
    layout: Layout
    lists: Mapping[str, tuple[Choice, ...]]
    #: Names that are taken, with the cell that took them.
    names: dict[str, Cell] = field(default_factory=dict)

    def kind(self, row: Row, words: list[str]) -> Kind | None:
        written = " ".join(words)
        cell = self.layout.cells(row, "survey")["type"]
        try:
            kind = Kind(words[0])
        except ValueError:
            self.layout.fault("row.type_unknown", cell, type=written)
            return None
        if len(words) > (2 if kind in SELECTS else 1):
            self.layout.fault("row.type_unknown", cell, type=written)
            return None
        if kind in SELECTS and len(words) == 1:
            self.layout.fault("row.list_missing", cell, type=written)
            return None
        return kind

    def question(self, row: Row, name: str, kind: Kind, rest: list[str], relevant: str) -> Question:
        """The question that a row describes; ``relevant`` is what its groups ask for."""
        cells = self.layout.cells(row, "survey")
        self._check_fitting(row, dialect.FITTING[kind], kind)
        self._check_appearance(row)
        if rest and rest[0] not in self.lists:
            self.layout.fault("row.list_unknown", cells["type"], name=rest[0])
        if kind is Kind.CALCULATE and not self.layout.get(row, "survey", "calculation"):
            self.layout.fault("row.calculation_missing", cells.get("calculation", cells["type"]))
        needed = kind not in (Kind.CALCULATE, Kind.HIDDEN)

        def get(column: str) -> str:
            return self.layout.get(row, "survey", column)

        required = get("required")
        return Question(
            name=name,
            kind=kind,
            labels=self.layout.texts(row, "survey", "label", needed=needed),
            hints=self.layout.texts(row, "survey", "hint"),
            list_name=rest[0] if rest else "",
            choices=self.lists.get(rest[0], ()) if rest else (),
            choice_filter=get("choice_filter"),
            randomize=self._randomize(row),
            relevant=both(relevant, get("relevant")),
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

    def name(self, row: Row) -> str:
        """The row's name if it may have it, else empty."""
        name = self.layout.get(row, "survey", "name")
        cell = self.layout.cells(row, "survey").get("name", row.start)
        if not name:
            self.layout.fault("row.name_missing", cell)
        elif not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
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
            if word not in dialect.APPEARANCES:
                cell = self.layout.cells(row, "survey")["appearance"]
                self.layout.fault("row.appearance_unknown", cell, name=word)

    def _yes(self, row: Row, column: str) -> bool:
        written = self.layout.get(row, "survey", column)
        if written.lower() not in dialect.YES | dialect.NO:
            self.layout.fault("row.yes_no", self.layout.cells(row, "survey")[column], value=written)
        return written.lower() in dialect.YES

    def _randomize(self, row: Row) -> bool:
        found = False
        for parameter in self.layout.get(row, "survey", "parameters").split():
            key, _, value = parameter.partition("=")
            if key != "randomize" or value.lower() not in ("true", "false"):
                cell = self.layout.cells(row, "survey")["parameters"]
                self.layout.fault("row.parameter_unknown", cell, name=parameter)
            found = found or value.lower() == "true"
        return found


def both(first: str, second: str) -> str:
    """The rule that holds where both hold; an empty rule always holds."""
    return f"({first}) and ({second})" if first and second else first or second
