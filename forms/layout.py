"""Where an XLSForm keeps what: its columns, their languages, and the cells behind every text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms import dialect, grammar
from forms.faults import Fault, fault
from forms.model import Cell
from forms.sheets import Row, Sheet


@dataclass
class Layout:
    """The columns of a whole workbook; faults in headers and missing texts go to ``faults``."""

    faults: list[Fault]
    default_language: str = "vi"
    languages: list[str] = field(default_factory=list)
    #: Sheet -> column -> {language, or "" where a column has none: header as written}.
    headers: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, book: Mapping[str, Sheet], faults: list[Fault]) -> Layout:
        layout = cls(faults)
        if "settings" in book:
            layout._set_default_language(book["settings"])
        for name in ("settings", "choices", "external_choices", "survey"):
            if name in book:
                layout._sort_columns(book[name])
        return layout

    def fault(self, code: str, cell: Cell, *, is_error: bool = True, **facts: object) -> None:
        """Report a fault of the workbook."""
        self.faults.append(fault(code, cell, is_error=is_error, **facts))

    def get(self, row: Row, sheet: str, column: str) -> str:
        """The text of an untranslated column; empty if there is none."""
        return row.get(self.headers.get(sheet, {}).get(column, {}).get("", ""))

    def texts(self, row: Row, sheet: str, column: str, *, needed: bool = False) -> dict[str, str]:
        """Texts of a column by language.

        A language that is missing is a fault if the text is needed, a warning if only another
        language has it.
        """
        headers = self.headers.get(sheet, {}).get(column, {})
        texts = {code: row.get(header) for code, header in headers.items() if row.get(header)}
        if needed or texts:
            for code in self.languages:
                if code not in texts:
                    cell = row.cells.get(headers.get(code, ""), row.start)
                    self.fault("row.label_missing", cell, is_error=needed, language=code)
        return texts

    def cells(self, row: Row, sheet: str) -> dict[str, Cell]:
        """Cells by column, for a translated column by "label::vi"."""
        found = {}
        for column, headers in self.headers.get(sheet, {}).items():
            for code, header in headers.items():
                found[f"{column}::{code}" if code else column] = row.cells[header]
        for column in dialect.NEEDED[sheet]:
            found.setdefault(column, row.start)
        return found

    def own_columns(self, sheet: str) -> set[str]:
        """Headers that this program gives a meaning; the rest are a choice list's own columns."""
        headers = self.headers.get(sheet, {})
        return {h for base in dialect.SUPPORTED[sheet] for h in headers.get(base, {}).values()}

    def _set_default_language(self, settings: Sheet) -> None:
        written = settings.rows[0].get("default_language") if settings.rows else ""
        match = dialect.LANGUAGE.match(written)
        if match:
            self.default_language = match[1] or match[2]
        elif written:
            cell = settings.rows[0].cells["default_language"]
            self.fault("column.language", cell, name=written)

    def _sort_columns(self, sheet: Sheet) -> None:
        """Put each header under its column and language, or report it."""
        found: dict[str, dict[str, str]] = {}
        for header, cell in sheet.columns.items():
            base, _, language = (part.strip() for part in header.partition("::"))
            base = dialect.OTHER_NAMES.get(base.lower(), base)
            if base not in dialect.SUPPORTED[sheet.name]:
                self._sort_other(sheet.name, header, cell, found)
            elif base not in dialect.TRANSLATED and (language or base in found):
                self.fault("column.unknown", cell, name=header)
            elif base not in dialect.TRANSLATED:
                found[base] = {"": header}
            elif code := self._language(language, cell):
                self._sort_translated(header, cell, found.setdefault(base, {}), code)
        for base in dialect.NEEDED[sheet.name]:
            if base not in found:
                cell = Cell(sheet.name, 1, 1)
                self.fault("column.missing", cell, name=base)
        self.headers[sheet.name] = found

    def _sort_other(
        self, sheet: str, header: str, cell: Cell, found: dict[str, dict[str, str]]
    ) -> None:
        """A choice list may have columns of its own, which a choice_filter reads."""
        if sheet in ("choices", "external_choices") and grammar.is_name(header):
            found[header] = {"": header}
        else:
            self.fault("column.unknown", cell, name=header)

    def _sort_translated(self, header: str, cell: Cell, found: dict[str, str], code: str) -> None:
        if code in found:
            self.fault("column.duplicate", cell, name=header)
        found[code] = header

    def _language(self, written: str, cell: Cell) -> str:
        """The code in a header such as "label::English (en)"; the default's if none is named."""
        match = dialect.LANGUAGE.match(written)
        if written and match is None:
            self.fault("column.language", cell, name=written)
            return ""
        code = (match[1] or match[2]) if match else self.default_language
        if code not in self.languages:
            self.languages.append(code)
        return code
