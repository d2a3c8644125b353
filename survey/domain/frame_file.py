"""The file that a one-stop system exports: CSV in, checked rows and faults out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from survey.domain.text import clean_line
from survey.errors import Problem

#: Column -> the headings it is known by (compared without case).
HEADINGS = {
    "dossier_code": ("dossier_code", "mã hồ sơ"),
    "unit_code": ("unit_code", "mã đơn vị"),
    "field": ("field", "service_field", "lĩnh vực"),
    "channel": ("channel", "cách nộp", "hình thức nộp"),
    "received_on": ("received_on", "ngày nhận"),
    "due_on": ("due_on", "ngày hẹn trả"),
    "returned_on": ("returned_on", "ngày trả"),
    "applicant": ("applicant", "người nộp", "đối tượng"),
    "contact": ("contact", "liên hệ"),
}
OPTIONAL = frozenset({"contact"})
MAY_BE_EMPTY = frozenset({"contact", "due_on"})
APPLICANTS = {
    "person": "person",
    "cá nhân": "person",
    "organisation": "organisation",
    "organization": "organisation",
    "tổ chức": "organisation",
}
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y")
MAX_LENGTH = 200
#: What takes the place of bytes that are no UTF-8.
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Row:
    """One dossier; a field that could not be read is None and has its problem."""

    number: int
    code: str
    unit_code: str
    field: str
    channel: str
    received_on: date | None
    due_on: date | None
    returned_on: date | None
    applicant: str
    contact: str


def read(content: bytes, settings: Mapping) -> tuple[list[Row], list[Problem]]:
    """Read a CSV file (UTF-8, comma or semicolon, ISO or dd/mm/yyyy dates).

    ``settings`` names the service fields and channels, each with its titles.  Returns all
    rows and all faults; row numbers count the heading as row 1, as a spreadsheet does.
    """
    faults = list(_undecodable(content))
    # What cannot be read stands in for itself, so that the other rows are checked as well.
    text = content.decode("utf-8-sig", errors="replace")
    records, fault = _records(text)
    if fault:
        return [], [*faults, fault]
    if not records:
        return [], [*faults, Problem("frame.empty", "Tệp không có dòng nào.")]
    columns, missing = _columns(records[0][1])
    reader = _RowReader(columns, len(records[0][1]), settings)
    reader.problems += [*faults, *missing]
    rows = [reader.row(number, cells) for number, cells in records[1:]]
    if not rows:
        reader.problems.append(Problem("frame.empty", "Tệp chỉ có dòng tiêu đề, không có hồ sơ."))
    return [row for row in rows if row is not None], reader.problems


def _undecodable(content: bytes) -> Iterator[Problem]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            yield Problem(
                "frame.not_utf8",
                "Dòng %(row)s: byte thứ %(byte)s không phải UTF-8; hãy lưu tệp dạng CSV UTF-8.",
                {"row": number, "byte": error.start + 1},
            )


def _records(text: str) -> tuple[list[tuple[int, list[str]]], Problem | None]:
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records = []
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                records.append((number, cells))
    except csv.Error as error:
        return [], Problem(
            "frame.not_csv",
            "Dòng %(row)s: không đọc được dạng CSV (%(reason)s).",
            {"row": number + 1, "reason": str(error)},
        )
    return records, None


def _columns(heading: list[str]) -> tuple[dict[str, int], list[Problem]]:
    names = {alias: column for column, aliases in HEADINGS.items() for alias in aliases}
    found: dict[str, int] = {}
    faults = []
    for index, cell in enumerate(heading):
        column = names.get(clean_line(cell).casefold())
        if column in found:
            faults.append(
                Problem(
                    "frame.column_twice",
                    "Dòng 1: cột “%(column)s” có hai lần.",
                    {"row": 1, "column": column},
                )
            )
        elif column:
            found[column] = index
    faults += [
        Problem(
            "frame.missing_column",
            "Dòng 1: thiếu cột “%(column)s” (hoặc “%(alias)s”).",
            {"row": 1, "column": column, "alias": HEADINGS[column][-1]},
        )
        for column in HEADINGS
        if column not in found and column not in OPTIONAL
    ]
    return found, faults


class _RowReader:
    """Reads one row after the other and gathers every fault on the way."""

    def __init__(self, columns: dict[str, int], width: int, settings: Mapping) -> None:
        self.columns, self.width = columns, width
        self.fields = _names(settings["fields"])
        self.channels = _names(settings["channels"])
        self.seen: dict[str, int] = {}
        self.problems: list[Problem] = []

    def row(self, number: int, cells: list[str]) -> Row | None:
        if len(cells) != self.width:
            self._fault(
                "frame.cell_count",
                "Dòng %(row)s: có %(n)s ô, tiêu đề có %(width)s.",
                number,
                n=len(cells),
                width=self.width,
            )
            return None
        cell = {column: clean_line(cells[index]) for column, index in self.columns.items()}
        for column, value in cell.items():
            self._check_text(number, column, value)
        # A column that is not there was told once, an undecodable cell by its byte: no second word.
        cell = dict.fromkeys(HEADINGS, "") | {
            column: "" if UNREADABLE in value else value for column, value in cell.items()
        }
        row = Row(
            number=number,
            code=self._unique(number, cell["dossier_code"]),
            unit_code=cell["unit_code"],
            field=self._one_of(number, "field", cell["field"], self.fields),
            channel=self._one_of(number, "channel", cell["channel"], self.channels),
            received_on=self._date(number, "received_on", cell["received_on"]),
            due_on=self._date(number, "due_on", cell["due_on"]),
            returned_on=self._date(number, "returned_on", cell["returned_on"]),
            applicant=self._one_of(number, "applicant", cell["applicant"], APPLICANTS),
            contact=cell["contact"],
        )
        self._check_order(row)
        return row

    def _check_text(self, number: int, column: str, value: str) -> None:
        if not value and column not in MAY_BE_EMPTY:
            self._fault(
                "frame.empty_cell", "Dòng %(row)s: ô “%(column)s” để trống.", number, column=column
            )
        elif len(value) > MAX_LENGTH:
            self._fault(
                "frame.too_long",
                "Dòng %(row)s: ô “%(column)s” dài quá %(limit)s ký tự.",
                number,
                column=column,
                limit=MAX_LENGTH,
            )

    def _unique(self, number: int, code: str) -> str:
        first = self.seen.setdefault(code, number)
        if code and first != number:
            self._fault(
                "frame.duplicate_code",
                "Dòng %(row)s: mã hồ sơ “%(code)s” đã có ở dòng %(first)s.",
                number,
                code=code,
                first=first,
            )
        return code

    def _one_of(self, number: int, column: str, value: str, names: Mapping[str, str]) -> str:
        known = names.get(value.casefold(), "")
        if value and not known:
            self._fault(
                "frame.unknown_value",
                "Dòng %(row)s: “%(value)s” không có trong danh mục của cột “%(column)s”.",
                number,
                value=value,
                column=column,
            )
        return known

    def _date(self, number: int, column: str, value: str) -> date | None:
        if not value:
            return None
        day = _parsed(value)
        if day is not None:
            return day
        self._fault(
            "frame.bad_date",
            "Dòng %(row)s: “%(value)s” ở cột “%(column)s” không phải ngày (31/12/2023).",
            number,
            value=value,
            column=column,
        )
        return None

    def _check_order(self, row: Row) -> None:
        if row.received_on and row.returned_on and row.returned_on < row.received_on:
            self._fault(
                "frame.returned_before_received",
                "Dòng %(row)s: ngày trả %(returned)s trước ngày nhận %(received)s.",
                row.number,
                returned=f"{row.returned_on:%d/%m/%Y}",
                received=f"{row.received_on:%d/%m/%Y}",
            )
        if row.received_on and row.due_on and row.due_on < row.received_on:
            self._fault(
                "frame.due_before_received",
                "Dòng %(row)s: ngày hẹn trả %(due)s trước ngày nhận %(received)s.",
                row.number,
                due=f"{row.due_on:%d/%m/%Y}",
                received=f"{row.received_on:%d/%m/%Y}",
            )

    def _fault(self, code: str, message: str, number: int, /, **facts: object) -> None:
        self.problems.append(Problem(code, message, {"row": number} | facts))


@lru_cache(maxsize=4096)
def _parsed(value: str) -> date | None:
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(value, pattern).date()
        except ValueError:
            continue
    return None


def _names(catalogue: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Every name an entry is known by, without case -> its code."""
    return {
        name.casefold(): code
        for code, titles in catalogue.items()
        for name in (code, *titles.values())
    }
