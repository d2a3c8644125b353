"""Where an XLSForm keeps what: its columns, their languages, and the cells behind every text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms import dialect, grammar, headers, languages
from forms.faults import Fault, fault
from forms.model import Cell
from forms.sheets import Row, Sheet


@dataclass
class Layout:
    """The columns of a whole workbook; faults in headers and missing texts go to ``faults``."""

    faults: list[Fault]
    default_language: str = "vi"
    #: Whether the settings name the default language, so that its texts have to be there.
    is_default_named: bool = False
    languages: list[str] = field(default_factory=list)
    #: Characters by which rules grew when the rounds of repeats were spelt out in them.
    grown: int = 0
    #: Code of each language as it is written in a header.
    _codes: dict[str, str] = field(default_factory=dict)
    #: Sheet -> column -> {language, or "" where a column has none: header as written}.
    headers: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, book: Mapping[str, Sheet], faults: list[Fault]) -> Layout:
        layout = cls(faults)
        layout._set_default_language(book)
        for name in ("settings", "choices", "external_choices", "survey"):
            if name in book:
                layout._sort_columns(book[name])
        return layout

    def fault(self, code: str, cell: Cell, *, is_error: bool = True, **facts: object) -> None:
        """Report a fault of the workbook."""
        self.faults.append(fault(code, cell, is_error=is_error, **facts))

    def get(self, row: Row, sheet: str, column: str) -> str:
        """The text of an untranslated column; empty if there is none."""
        text = row.get(self.headers.get(sheet, {}).get(column, {}).get("", ""))
        return grammar.straight(text) if column in dialect.RULES else text

    def texts(self, row: Row, sheet: str, column: str, *, needed: bool = False) -> dict[str, str]:
        """Texts of a column by language.

        A text that is needed and stands in no language, or not in the one that the settings name,
        is a fault; where only another language has it, that one is shown, and a warning says so.
        """
        of_column = self.headers.get(sheet, {}).get(column, {})
        texts = {code: row.get(header) for code, header in of_column.items() if row.get(header)}
        if needed or texts:
            for code in self.languages:
                if code not in texts:
                    cell = row.cells.get(of_column.get(code, ""), row.start)
                    own = self.is_default_named and code == self.default_language
                    is_error = needed and (own or not texts)
                    self.fault("row.label_missing", cell, is_error=is_error, language=code)
        return texts

    def cells(self, row: Row, sheet: str) -> dict[str, Cell]:
        """Cells by column, for a translated column by "label::vi"."""
        found = {}
        for column, of_column in self.headers.get(sheet, {}).items():
            for code, header in of_column.items():
                found[f"{column}::{code}" if code else column] = row.cells[header]
        for column in dialect.NEEDED[sheet]:
            found.setdefault(column, row.start)
        return found

    def own_columns(self, sheet: str) -> set[str]:
        """Headers that this program gives a meaning; the rest are a choice list's own columns."""
        known = self.headers.get(sheet, {})
        return {h for base in dialect.SUPPORTED[sheet] for h in known.get(base, {}).values()}

    def _set_default_language(self, book: Mapping[str, Sheet]) -> None:
        """What the settings say; else what the labels are in, Vietnamese where they do not say."""
        settings = book.get("settings")
        row = settings.rows[0] if settings and settings.rows else None
        for header, cell in row.cells.items() if row else ():
            if headers.column(header, "settings")[0] == "default_language" and row.get(header):
                self.default_language = self._code(row.get(header), cell)
                self.is_default_named = True
                return
        columns = book["survey"].columns if "survey" in book else {}
        labels = [(*headers.column(each, "survey"), cell) for each, cell in columns.items()]
        written = [(language, cell) for base, language, cell in labels if base == "label"]
        if written and all(language for language, _ in written):
            codes = [languages.code(language) for language, _ in written]
            self.default_language = "vi" if "vi" in codes else self._code(*written[0])

    def _sort_columns(self, sheet: Sheet) -> None:
        """Put each header under its column and language, or report it."""
        found: dict[str, dict[str, str]] = {}
        for header, cell in sheet.columns.items():
            base, language = headers.column(header, sheet.name)
            if base not in dialect.SUPPORTED[sheet.name]:
                self._sort_other(sheet.name, header, cell, found)
            elif base not in dialect.TRANSLATED and language:
                self.fault("column.unknown", cell, name=header)
            elif base not in dialect.TRANSLATED and base in found:
                self.fault("column.duplicate", cell, name=header)
            elif base not in dialect.TRANSLATED:
                found[base] = {"": header}
            else:
                code = self._language(language, cell)
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
        code = self._code(written, cell) if written else self.default_language
        if code not in self.languages:
            self.languages.append(code)
        return code

    def _code(self, written: str, cell: Cell) -> str:
        """The code of a language; one that nobody knows gets a code of its own, which is told."""
        name = " ".join(written.split()).casefold()
        known = languages.code(written)
        if known:
            return known
        if name not in self._codes:
            code = self._codes[name] = languages.unknown(tuple(self._codes.values()))
            self.fault("column.language", cell, is_error=False, name=written, used=code)
        return self._codes[name]
