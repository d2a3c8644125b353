"""A scheme's workbook as data, every setting remembering its sheet and cell."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from survey.domain import scheme_sheets as sheets
from survey.domain.frame_fields import letters
from survey.errors import InvalidInput, Problem
from survey.services.frames.xlsx_rows import XlsxRows

#: No scheme unpacks to more.
LARGEST_SHEET = 32 << 20
_INNER = {"area": "criterion", "criterion": "leaf"}
_DMY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass
class Sheets:
    """``data`` as TOML would give it; ``places``: path of a setting -> its cell."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read(content: bytes) -> Sheets:
    """Read the three sheets.  Raises InvalidInput for what is no workbook, or lacks one."""
    found = Sheets()
    _head(content, found)
    _tree(content, found)
    _bands(content, found)
    return found


def _head(content: bytes, found: Sheets) -> None:
    for row, cells in _rows(content, sheets.HEAD):
        key, value = (*map(_line, cells), "", "")[:2]
        if row == 1 and key not in sheets.HEAD_KEYS:
            continue
        if key not in sheets.HEAD_KEYS:
            message = "%(place)s: không có mục “%(key)s”."
            _fault(found, "scheme.unknown_key", message, f"{sheets.HEAD}!A{row}", key=key)
        elif value:
            place = f"{sheets.HEAD}!B{row}"
            if _has(found.data, key):
                message = "%(place)s: mục “%(key)s” ghi hai lần."
                _fault(found, "scheme.key_twice", message, place, key=key)
            _put(found, found.data, "", key, value, place)
    for key in sheets.HEAD_KEYS:
        found.places.setdefault(key, f"{sheets.HEAD}!B1")
    found.places[""] = found.places["title"] = f"{sheets.HEAD}!A1"


def _tree(content: bytes, found: Sheets) -> None:
    rows = _table(content, sheets.TREE, sheets.TREE_COLUMNS, found)
    found.data["area"] = []
    found.places["area"] = f"{sheets.TREE}!A1"
    above: dict[str, tuple[str, dict[str, Any]]] = {"": ("", found.data)}
    for row, values, cell_of in rows:
        level = sheets.code_of("level", values.pop("level", ""))
        if level not in sheets.WORDS["level"]:
            names = ", ".join(sheets.WORDS["level"].values())
            message = "%(place)s: cấp phải là một trong: %(allowed)s."
            _fault(found, "scheme.level", message, cell_of("level"), allowed=names)
            continue
        outer = {"area": "", "criterion": "area", "leaf": "criterion"}[level]
        if outer not in above:
            message = "%(place)s: dòng này chưa nằm trong lĩnh vực, tiêu chí nào."
            _fault(found, "scheme.orphan", message, cell_of("level"))
            continue
        path, parent = above[outer]
        listed = parent.setdefault(level, [])
        here = f"{path}.{level}[{len(listed) + 1}]".lstrip(".")
        listed.append(part := {})
        _fill(found, part, here, values, cell_of)
        found.places[here] = f"{sheets.TREE}!A{row}"
        above[level] = (here, part)
        if level in _INNER:
            above.pop(_INNER[level], None)


def _bands(content: bytes, found: Sheets) -> None:
    rows = _table(content, sheets.BANDS, sheets.BAND_COLUMNS, found)
    found.data["band"] = []
    found.places["band"] = f"{sheets.BANDS}!A1"
    for row, values, cell_of in rows:
        found.data["band"].append(part := {})
        here = f"band[{len(found.data['band'])}]"
        _fill(found, part, here, values, cell_of)
        found.places[here] = f"{sheets.BANDS}!A{row}"


def _fill(found: Sheets, part: dict, here: str, values: dict[str, str], cell_of) -> None:
    parameters = values.pop("rule", "")
    for key, value in values.items():
        place = cell_of(key)
        found.places[f"{here}.{key}"] = place
        if value:
            _put(found, part, here, key, value, place)
    found.places.setdefault(f"{here}.title", cell_of("title.vi"))
    if "rule" in part or parameters:
        rule = part.setdefault("rule", {})
        found.places[f"{here}.rule"] = cell_of("rule")
        rule.update(_parameters(rule.get("kind", ""), parameters))


def _put(found: Sheets, part: dict, here: str, key: str, value: str, place: str) -> None:
    found.places[f"{here}.{key}".lstrip(".")] = place
    last = key.rsplit(".", 1)[-1]
    typed: Any = value
    if key in sheets.WORDS:
        typed = sheets.code_of(key, value)
    elif last in sheets.NUMBERS:
        typed = sheets.number_of(value)
    elif last in sheets.TRUTHS:
        typed = sheets.truth_of(value)
    elif key == "valid_from":
        typed = _day(value)
    outer, _, inner = key.rpartition(".")
    (part.setdefault(outer, {}) if outer else part)[inner] = typed


def _parameters(kind: str, text: str) -> dict[str, Any]:
    """``A=1; B=0,6`` as a rule's settings; a formula stands as it is."""
    if kind == "formula":
        return {"formula": text} if text else {}
    found: dict[str, Any] = {}
    pairs = [tuple(map(str.strip, p.partition("=")[::2])) for p in text.split(";") if p.strip()]
    numbers: dict[str, Any] = {}
    for name, value in pairs:
        if name == "input":
            found[name] = value
        elif name == "of" or kind not in ("options", "tiers", "tt01"):
            found[name] = sheets.number_of(value)
        else:
            numbers[name] = sheets.number_of(value)
    if kind == "tiers":
        found["tiers"] = [
            {"from": sheets.number_of(name), "points": value} for name, value in numbers.items()
        ]
    elif numbers:
        found["weights" if kind == "options" else "scores"] = numbers
    return found


def _table(content: bytes, sheet: str, columns: dict[str, str], found: Sheets):
    """(row, values by key, key -> cell) of each row below the headings."""
    rows = iter(_rows(content, sheet))
    number, heading = next(rows, (1, []))
    known = {text.casefold(): key for key, text in columns.items()}
    known |= {key.casefold(): key for key in columns}
    at: dict[str, int] = {}
    for i, text in enumerate(map(_line, heading)):
        key = known.get(text.casefold())
        if text and (key is None or key in at):
            message = "%(place)s: không có cột “%(column)s”, hoặc cột ghi hai lần."
            place = f"{sheet}!{letters(i)}{number}"
            _fault(found, "scheme.column", message, place, column=text)
        elif key:
            at[key] = i
    for key in ("level", "id", "title.vi", "title.en"):
        if key in columns and key not in at:
            message = "%(place)s: thiếu cột “%(column)s”."
            place = f"{sheet}!A{number}"
            _fault(found, "scheme.no_column", message, place, column=columns[key])
    if found.problems and not at:
        return

    for row, cells in rows:
        values = {key: _line(cells[i]) if i < len(cells) else "" for key, i in at.items()}
        yield row, values, lambda key, row=row: f"{sheet}!{letters(at.get(key, 0))}{row}"


def _rows(content: bytes, sheet: str) -> list[tuple[int, list[str]]]:
    reader = XlsxRows(io.BytesIO(content), sheet)
    found = []
    if reader.size <= LARGEST_SHEET:
        for each in reader.rows():
            found.append(each)
            if len(found) > sheets.MOST_ROWS:
                break
    if reader.size > LARGEST_SHEET or len(found) > sheets.MOST_ROWS:
        message = "Trang “%(sheet)s” quá dài, không phải bộ chỉ số."
        raise InvalidInput(
            message,
            [Problem("scheme.too_long", message, {"sheet": sheet})],
            code="scheme.too_long",
            sheet=sheet,
        )
    return found


def _line(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _day(text: str) -> str:
    matched = _DMY.fullmatch(text)
    if not matched:
        return text
    try:
        return datetime.strptime(text, "%d/%m/%Y").date().isoformat()
    except ValueError:
        return text


def _has(data: dict[str, Any], key: str) -> bool:
    outer, _, inner = key.rpartition(".")
    return inner in (data.get(outer, {}) if outer else data)


def _fault(found: Sheets, code: str, message: str, place: str, **facts: object) -> None:
    found.problems.append(Problem(code, message, {"place": place, **facts}))
