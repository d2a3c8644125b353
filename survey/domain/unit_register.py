"""The register of units as two tables: what they must hold before anybody relies on them."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from survey.domain.frame_cells import day
from survey.domain.frame_fields import letters
from survey.domain.succession import TOLERANCE
from survey.domain.text import clean_line
from survey.errors import Problem

UNIT_COLUMNS = ("code", "valid_from", "valid_to", "name", "kind", "parent_code")
MOVE_COLUMNS = ("from_code", "from_valid_from", "to_code", "to_valid_from", "on", "share", "basis")
OPTIONAL = frozenset({"basis"})
MAY_BE_EMPTY = frozenset({"valid_to", "parent_code", "share", "basis"})

#: A unit is its code and its first day: codes are given again to other territories.
Key = tuple[str, date]


@dataclass(frozen=True, slots=True)
class UnitRow:
    code: str
    valid_from: date
    #: First day without it.
    valid_to: date | None
    name: str
    kind: str
    parent_code: str
    #: Row of the file; 0: it stands in the register already.
    row: int = 0

    @property
    def key(self) -> Key:
        return self.code, self.valid_from

    def stands_on(self, at: date) -> bool:
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class MoveRow:
    from_unit: Key
    to_unit: Key
    on: date
    share: float | None
    #: What the share was counted by: people, dossiers, area …
    basis: str = ""
    row: int = 0


def read_units(content: bytes) -> tuple[list[UnitRow], list[Problem]]:
    reader = _Reader(content, UNIT_COLUMNS)
    rows = []
    for number, cell in reader:
        since = reader.day(number, "valid_from", cell)
        until = reader.day(number, "valid_to", cell)
        if since and not reader.is_faulty(number):
            named = (cell["name"], cell["kind"], cell["parent_code"])
            rows.append(UnitRow(cell["code"], since, until, *named, number))
    return rows, reader.problems


def read_moves(content: bytes) -> tuple[list[MoveRow], list[Problem]]:
    reader = _Reader(content, MOVE_COLUMNS)
    rows = []
    for number, cell in reader:
        days = [reader.day(number, c, cell) for c in ("from_valid_from", "to_valid_from", "on")]
        share = reader.share(number, cell)
        if all(days) and not reader.is_faulty(number):
            ends = (cell["from_code"], days[0]), (cell["to_code"], days[1])
            rows.append(MoveRow(*ends, days[2], share, cell["basis"], number))
    return rows, reader.problems


def unit_faults(units: Iterable[UnitRow]) -> Iterator[Problem]:
    """Units that end before they begin, or two with one code on one day."""
    by_code: dict[str, list[UnitRow]] = defaultdict(list)
    for unit in units:
        if unit.valid_to is not None and unit.valid_to <= unit.valid_from:
            yield _of_unit(
                "ends_first", "%(where)s: %(unit)s hết hiệu lực trước khi có hiệu lực.", unit
            )
        by_code[unit.code].append(unit)
    for same in by_code.values():
        same.sort(key=lambda unit: (unit.valid_from, unit.row))
        for first, second in zip(same, same[1:], strict=False):
            if first.valid_to is None or second.valid_from < first.valid_to:
                later = second if second.row else first
                yield _of_unit(
                    "overlap",
                    "%(where)s: %(unit)s trùng thời gian với %(other)s cùng mã.",
                    later,
                    other=_named(first if later is second else second),
                )


def parent_faults(units: Iterable[UnitRow]) -> Iterator[Problem]:
    known: dict[str, list[UnitRow]] = defaultdict(list)
    for unit in units:
        known[unit.code].append(unit)
    for unit in units:
        parents = known.get(unit.parent_code, ())
        if unit.parent_code and not any(each.stands_on(unit.valid_from) for each in parents):
            yield _of_unit(
                "no_parent",
                "%(where)s: cấp trên “%(parent)s” của %(unit)s không có vào ngày %(day)s.",
                unit,
                parent=unit.parent_code,
                day=f"{unit.valid_from:%d/%m/%Y}",
            )


def move_faults(moves: Iterable[MoveRow], units: Mapping[Key, UnitRow]) -> Iterator[Problem]:
    """Moves between units that were not there, shares that do not add up, circles."""
    seen: dict[tuple[Key, Key], MoveRow] = {}
    leaving: dict[tuple[Key, date], list[MoveRow]] = defaultdict(list)
    for move in moves:
        faults = list(_end_faults(move, units))
        yield from faults
        twin = seen.setdefault((move.from_unit, move.to_unit), move)
        if twin is not move:
            yield _of_move(
                "twice",
                "%(where)s: cặp %(old)s → %(new)s đã có ở dòng %(first)s.",
                move,
                first=twin.row,
            )
        elif not faults:
            leaving[move.from_unit, move.on].append(move)
    for (unit, on), parts in leaving.items():
        yield from _share_faults(units[unit], on, parts)
    yield from _circles(leaving)


def _end_faults(move: MoveRow, units: Mapping[Key, UnitRow]) -> Iterator[Problem]:
    old, new = units.get(move.from_unit), units.get(move.to_unit)
    for key, unit in ((move.from_unit, old), (move.to_unit, new)):
        if unit is None:
            yield _of_move(
                "unknown_unit",
                "%(where)s: không có đơn vị mã “%(code)s” từ ngày %(day)s.",
                move,
                code=key[0],
                day=f"{key[1]:%d/%m/%Y}",
            )
    if move.from_unit == move.to_unit:
        yield _of_move("itself", "%(where)s: %(old)s chuyển vào chính nó.", move)
    stood = old and old.valid_from < move.on and (not old.valid_to or move.on <= old.valid_to)
    if old and not stood:
        yield _of_move(
            "old_not_there", "%(where)s: %(old)s không còn ngay trước ngày %(on)s.", move
        )
    if new and not new.stands_on(move.on):
        yield _of_move("new_not_there", "%(where)s: %(new)s chưa có vào ngày %(on)s.", move)


def _share_faults(unit: UnitRow, on: date, parts: list[MoveRow]) -> Iterator[Problem]:
    known = [move.share for move in parts if move.share is not None]
    total, last = sum(known), max(parts, key=lambda move: move.row)
    ends = unit.valid_to is not None and unit.valid_to <= on
    whole = len(known) == len(parts)
    wrong = total > 1 + TOLERANCE or (ends and whole and abs(total - 1) > TOLERANCE)
    if wrong or (not whole and total > 1 - TOLERANCE):
        yield _of_move(
            "shares",
            "%(where)s: các phần của %(old)s ngày %(on)s cộng lại là %(total)s, phải là 1.",
            last,
            total=f"{total:.6g}".replace(".", ","),
        )


def _circles(leaving: Mapping[tuple[Key, date], list[MoveRow]]) -> Iterator[Problem]:
    """On one day nothing may come back to where it left: nobody could say which part it is."""
    for (start, on), parts in leaving.items():
        waiting, seen = [move.to_unit for move in parts], set()
        while waiting:
            here = waiting.pop()
            if here == start:
                yield _of_move(
                    "circle", "%(where)s: ngày %(on)s có vòng chuyển về lại %(old)s.", parts[0]
                )
                break
            if here not in seen:
                seen.add(here)
                waiting += [move.to_unit for move in leaving.get((here, on), ())]


class _Reader:
    """Cells of a CSV file by the names of its columns; gathers the faults on the way."""

    def __init__(self, content: bytes, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self.problems: list[Problem] = []
        self._faulty: set[int] = set()
        self._heading: list[str] = []
        try:
            self._rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            self._rows = []
            self._add("not_csv", "Tệp không đọc được dạng CSV UTF-8 (%(reason)s).", 0, reason=error)

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        if not self._rows:
            return
        self._heading = [clean_line(cell) for cell in self._rows[0]]
        missing = [c for c in self.columns if c not in self._heading and c not in OPTIONAL]
        for column in missing:
            self._add("missing_column", "Dòng 1: thiếu cột “%(column)s”.", 1, column=column)
        if missing:
            return
        for number, cells in enumerate(self._rows[1:], start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(self._heading):
                message = "Dòng %(row)s: có %(n)s ô, tiêu đề có %(width)s."
                facts = {"n": len(cells), "width": len(self._heading)}
                self._add("cell_count", message, number, **facts)
            given = dict(zip(self._heading, map(clean_line, cells), strict=False))
            cell = {column: given.get(column, "") for column in self.columns}
            for column in self.columns:
                if not cell[column] and column not in MAY_BE_EMPTY:
                    self._cell(number, column, "empty", "để trống")
            yield number, cell

    def is_faulty(self, number: int) -> bool:
        return number in self._faulty

    def day(self, number: int, column: str, cell: Mapping[str, str]) -> date | None:
        text = cell[column]
        found = day(text) if text else None
        if text and found is None:
            self._cell(number, column, "bad_date", f"“{text}” không phải ngày (2024-12-31)")
        return found

    def share(self, number: int, cell: Mapping[str, str]) -> float | None:
        text = cell["share"].replace(",", ".")
        try:
            share = float(text) if text else None
        except ValueError:
            share = 0.0
        if share is not None and not 0 < share <= 1:
            self._cell(number, "share", "bad_share", f"“{text}” không phải phần từ 0 đến 1")
        return share

    def _cell(self, number: int, column: str, code: str, fault: str) -> None:
        place = f"{letters(self._heading.index(column))}{number}"
        message = "Dòng %(row)s: ô %(cell)s (%(column)s) – %(fault)s."
        self._add(code, message, number, cell=place, column=column, fault=fault)

    def _add(self, code: str, message: str, number: int, /, **facts: object) -> None:
        self._faulty.add(number)
        self.problems.append(Problem(f"units.{code}", message, {"row": number} | facts))


def _named(unit: UnitRow) -> str:
    return f"{unit.name} ({unit.code}, từ {unit.valid_from:%d/%m/%Y})"


def _where(row: int) -> str:
    return f"Dòng {row}" if row else "Sổ đơn vị"


def _of_unit(code: str, message: str, unit: UnitRow, /, **facts: object) -> Problem:
    where = {"row": unit.row, "where": _where(unit.row), "unit": _named(unit)}
    return Problem(f"units.{code}", message, where | facts)


def _of_move(code: str, message: str, move: MoveRow, /, **facts: object) -> Problem:
    shown = {
        "row": move.row,
        "where": _where(move.row),
        "old": f"{move.from_unit[0]} ({move.from_unit[1]:%d/%m/%Y})",
        "new": f"{move.to_unit[0]} ({move.to_unit[1]:%d/%m/%Y})",
        "on": f"{move.on:%d/%m/%Y}",
    }
    return Problem(f"units.{code}", message, shown | facts)
