"""A log of contact attempts as a CSV file: checked rows and faults out, each naming its row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from survey.domain import contact
from survey.domain.calendar import LOCAL
from survey.domain.text import clean_line
from survey.errors import Problem

#: Column -> the headings it is known by (compared without case).
HEADINGS = {
    "dossier_code": ("dossier_code", "mã hồ sơ"),
    "at": ("at", "thời điểm"),
    "mode": ("mode", "cách liên hệ"),
    "result": ("result", "kết quả"),
    "note": ("note", "ghi chú"),
}
OPTIONAL = frozenset({"note"})
TIME_FORMATS = ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
MAX_ROWS = 20_000

_MODES = {
    name.casefold(): mode
    for mode, titles in contact.MODE_TITLES.items()
    for name in (mode, *titles.values())
}
_RESULTS = {
    name.casefold(): result
    for result, titles in contact.RESULT_TITLES.items()
    for name in (result, *titles.values())
}


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    dossier_code: str
    at: datetime
    mode: str
    result: str
    note: str


def parse_time(text: str) -> datetime | None:
    """A local date and time as people write it; None if it is none."""
    for pattern in TIME_FORMATS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=LOCAL)
        except ValueError:
            continue
    return None


def read(content: bytes) -> tuple[list[Row], list[Problem]]:
    """Read UTF-8, comma or semicolon; the heading is row 1.  All faults, not the first."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        return [], [Problem("attempts.not_utf8", "Dòng %(row)s: không phải UTF-8.", {"row": row})]
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        records = [(n, cells) for n, cells in enumerate(reader, 1) if any(c.strip() for c in cells)]
    except csv.Error as error:
        facts = {"row": reader.line_num, "reason": str(error)}
        return [], [
            Problem("attempts.not_csv", "Dòng %(row)s: không đọc được CSV (%(reason)s).", facts)
        ]
    if len(records) < 2:
        return [], [Problem("attempts.empty", "Tệp không có lần liên hệ nào.")]
    if len(records) > MAX_ROWS:
        return [], [Problem("attempts.too_many", "Tệp có hơn %(most)s dòng.", {"most": MAX_ROWS})]
    return _rows(records)


def _rows(records: list[tuple[int, list[str]]]) -> tuple[list[Row], list[Problem]]:
    names = {alias: column for column, aliases in HEADINGS.items() for alias in aliases}
    places = {
        names[clean_line(cell).casefold()]: index
        for index, cell in enumerate(records[0][1])
        if clean_line(cell).casefold() in names
    }
    missing = [column for column in HEADINGS if column not in places and column not in OPTIONAL]
    if missing:
        return [], [
            Problem(
                "attempts.missing_column",
                "Dòng 1: thiếu cột “%(column)s” (hoặc “%(alias)s”).",
                {"column": column, "alias": HEADINGS[column][-1]},
            )
            for column in missing
        ]
    rows, faults = [], []
    for number, cells in records[1:]:
        cell = {
            column: clean_line(cells[index]) if index < len(cells) else ""
            for column, index in places.items()
        }
        found = list(_faults(number, cell))
        faults += found
        if not found:
            mode, result = _MODES[cell["mode"].casefold()], _RESULTS[cell["result"].casefold()]
            at = parse_time(cell["at"])
            rows.append(Row(number, cell["dossier_code"], at, mode, result, cell.get("note", "")))
    return rows, faults


def _faults(number: int, cell: dict[str, str]) -> Iterator[Problem]:
    if not cell["dossier_code"]:
        yield Problem("attempts.no_case", "Dòng %(row)s: thiếu mã hồ sơ.", {"row": number})
    if parse_time(cell["at"]) is None:
        facts = {"row": number, "value": cell["at"]}
        yield Problem(
            "attempts.time",
            "Dòng %(row)s: “%(value)s” không phải ngày giờ (31/12/2023 18:30).",
            facts,
        )
    known = {"mode": _MODES, "result": _RESULTS}
    strange = [column for column, values in known.items() if cell[column].casefold() not in values]
    for column in strange:
        facts = {"row": number, "value": cell[column], "column": column}
        yield Problem(
            "attempts.unknown_value",
            "Dòng %(row)s: “%(value)s” không có trong danh mục của cột “%(column)s”.",
            facts,
        )
    if not strange:
        mode, result = _MODES[cell["mode"].casefold()], _RESULTS[cell["result"].casefold()]
        fault = contact.result_fault(mode, result, cell.get("note", ""))
        if fault is not None:
            yield on_row(number, fault)


def on_row(number: int, fault: Problem) -> Problem:
    """The same fault, naming its row."""
    return Problem(fault.code, "Dòng %(row)s: %(fault)s", {"row": number, "fault": fault})
