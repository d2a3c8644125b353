"""Names that XLSForm allows and a data file does not, and cells that a spreadsheet has dressed up.

Hyphens, dots and letters with marks are allowed in ODK's names, but no statistical program has
such columns: a row called ``label-test`` becomes ``label_test`` wherever it is mentioned, and its
author is told.  Notes need no name.  Typographic quotes in rules are a spreadsheet's doing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from forms import dialect
from forms.layout import Layout
from forms.sheets import Row, Sheet

_ALLOWED_BY_ODK = re.compile(r"[^\W\d][\w.-]*")
OURS = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})
_RULES = (
    *("relevant", "constraint", "calculation", "choice_filter", "required", "repeat_count"),
    *("default", "eligibility", "parameters"),
)
#: Longest rule that a person writes, in characters.
MAX_RULE = 4000
#: Where a spreadsheet's TRUE and FALSE stand for the functions.
_CONDITIONS, _TRUTHS = ("relevant", "constraint"), ("true", "false")


def made_plain(book: Mapping[str, Sheet], layout: Layout) -> dict[str, Sheet]:
    """The sheets with plain names and quotes; what was renamed is told in the layout's faults."""
    new = _new_names(book["survey"], layout)
    return {name: _plain(sheet, new, layout) for name, sheet in book.items()}


def plain(text: str, otherwise: str) -> str:
    """A text as a name: letters without marks, digits, underscores, a letter first."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    name = re.sub(r"[^A-Za-z0-9_]+", "_", bare).strip("_")
    if not name:
        return otherwise
    return name if name[0].isalpha() else f"{otherwise}_{name}"


def _new_names(sheet: Sheet, layout: Layout) -> dict[str, str]:
    names = {layout.get(row, "survey", "name") for row in sheet.rows}
    found: dict[str, str] = {}
    for row in sheet.rows:
        old = layout.get(row, "survey", "name")
        if old in found or OURS.fullmatch(old) or not _ALLOWED_BY_ODK.fullmatch(old):
            continue
        new = plain(old, "q")
        if new not in names:
            names.add(new)
            found[old] = new
            cell = layout.cells(row, "survey")["name"]
            layout.fault("row.name_changed", cell, is_error=False, name=old, new=new)
    return found


def _plain(sheet: Sheet, new: Mapping[str, str], layout: Layout) -> Sheet:
    names = {row.get(header) for header in _of(layout, sheet.name, "name") for row in sheet.rows}
    rows = []
    for row in sheet.rows:
        row = _rewritten(row, sheet.name, new, layout)
        if sheet.name == "survey":
            row = _named(row, names, layout)
        rows.append(row)
    return replace(sheet, rows=tuple(rows))


def _rewritten(row: Row, sheet: str, new: Mapping[str, str], layout: Layout) -> Row:
    rules = {header for column in _RULES for header in _of(layout, sheet, column)}
    truths = {header for column in _CONDITIONS for header in _of(layout, sheet, column)}
    called = _of(layout, sheet, "name") if sheet == "survey" else ()

    def renamed(match: re.Match[str]) -> str:
        return f"${{{new[match[1]]}}}" if match[1] in new else match[0]

    texts = {}
    for header, text in row.texts.items():
        if header in rules and len(text) > MAX_RULE:
            cell = row.cells[header]
            layout.fault("expression.too_long", cell, length=len(text), limit=MAX_RULE)
            continue
        text = text.translate(_QUOTES) if header in rules else text
        text = _REFERENCE.sub(renamed, text) if "${" in text else text
        if header in truths and text.lower() in _TRUTHS:
            text = f"{text.lower()}()"
        texts[header] = new.get(text, text) if header in called else text
    return replace(row, texts=texts)


def _named(row: Row, names: set[str], layout: Layout) -> Row:
    """A note that has no name gets one by its row; an audit is called so."""
    kind = dialect.plain_type(layout.get(row, "survey", "type"))
    headers = _of(layout, "survey", "name")
    if kind not in ("note", "audit") or not headers or layout.get(row, "survey", "name"):
        return row
    name = f"note_{row.number}" if kind == "note" else kind
    while name in names:
        name += "_"
    return replace(row, texts={**row.texts, headers[0]: name})


def _of(layout: Layout, sheet: str, column: str) -> list[str]:
    return list(layout.headers.get(sheet, {}).get(column, {}).values())
