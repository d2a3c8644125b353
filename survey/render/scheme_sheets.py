"""A scheme as a workbook that `survey.services.schemes.workbook` reads back the same."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any

import xlsxwriter

from analysis.index.scheme import Scheme
from survey.domain import scheme_sheets as sheets

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDTHS = {"title.vi": 46, "title.en": 34, "rule": 30, "id": 20, "level": 20}
_FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}


def scheme_xlsx(scheme: Scheme) -> bytes:
    """Three sheets: the scheme's own settings, its tree of criteria, its bands."""
    data = scheme.to_dict()
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        # Else the clock decides, and one scheme makes two different files.
        created = datetime.combine(scheme.valid_from, time())
        book.set_properties({"title": scheme.title["vi"], "created": created})
        _head(book, data, scheme)
        _table(book, sheets.TREE, sheets.TREE_COLUMNS, _tree(data, scheme))
        bands = ({"level": "area"} | _flat(band) for band in data["band"])
        _table(book, sheets.BANDS, sheets.BAND_COLUMNS, bands)
    return out.getvalue()


def _head(book: xlsxwriter.Workbook, data: Mapping[str, Any], scheme: Scheme) -> None:
    sheet = book.add_worksheet(sheets.HEAD)
    bold, plain = (book.add_format(_FONT | {"text_wrap": True, "bold": b}) for b in (True, False))
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 2, 56)
    for column, text in enumerate(("Mục", "Giá trị", "Giải thích")):
        sheet.write_string(0, column, text, bold)
    values = _flat(data) | {"max": scheme.max_points}
    for row, (key, meaning) in enumerate(sheets.HEAD_KEYS.items(), start=1):
        sheet.write_string(row, 0, key, plain)
        _write(sheet, row, 1, _worded(key, values.get(key)), plain)
        sheet.write_string(row, 2, meaning, plain)


def _tree(data: Mapping[str, Any], scheme: Scheme) -> Iterator[dict[str, Any]]:
    for area, known in zip(data["area"], scheme.areas, strict=True):
        yield {"level": "area", "max": known.max_points} | _flat(area)
        for criterion in area["criterion"]:
            yield {"level": "criterion"} | _flat(criterion)
            for leaf in criterion["leaf"]:
                yield {"level": "leaf"} | _flat(leaf) | {"rule": _parameters(leaf["rule"])}


def _flat(part: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by key, tables opened one level; lists of parts left out."""
    found: dict[str, Any] = {}
    for key, value in part.items():
        if key == "rule":
            found["rule.kind"] = value.get("kind")
        elif isinstance(value, Mapping):
            found |= {f"{key}.{inner}": each for inner, each in value.items()}
        elif not isinstance(value, list):
            found[key] = value
    return found


def _parameters(rule: Mapping[str, Any]) -> str:
    if rule.get("kind") == "formula":
        return rule["formula"]
    pairs = {key: rule[key] for key in ("input", "of") if key in rule}
    pairs |= rule.get("weights", {}) | rule.get("scores", {})
    pairs |= {_text(tier["from"]): tier["points"] for tier in rule.get("tiers", ())}
    return "; ".join(f"{key}={_text(value)}" for key, value in pairs.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _worded(key: str, value: Any) -> Any:
    if isinstance(value, bool):
        return sheets.YES if value else sheets.NO
    return sheets.WORDS[key].get(value, value) if key in sheets.WORDS else value


def _table(book: xlsxwriter.Workbook, name: str, columns: Mapping[str, str], rows) -> None:
    sheet = book.add_worksheet(name)
    heading = book.add_format(_FONT | {"bold": True, "text_wrap": True, "bottom": 1})
    formats = {
        level: book.add_format(_FONT | {"bold": level != "leaf", "text_wrap": True})
        for level in sheets.WORDS["level"]
    }
    for column, (key, text) in enumerate(columns.items()):
        sheet.write_string(0, column, text, heading)
        sheet.set_column(column, column, _WIDTHS.get(key, 13))
    sheet.freeze_panes(1, 2)
    for row, values in enumerate(rows, start=1):
        shape = formats[values["level"]]
        for column, key in enumerate(columns):
            _write(sheet, row, column, _worded(key, values.get(key)), shape)


def _write(sheet: Any, row: int, column: int, value: Any, shape: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, shape)
    elif isinstance(value, int | float) and float(f"{value:.16G}") == value:
        sheet.write_number(row, column, value, shape)
    else:
        sheet.write_string(row, column, _text(value), shape)
