"""Read and check a whole file into a scratch table; the survey's database is only read."""

from __future__ import annotations

import codecs
import gc
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO, TextIO

from survey.domain.frame_layout import Layout
from survey.domain.text import clean_line
from survey.errors import InvalidInput, Problem
from survey.services.fieldwork.contacts import Seal
from survey.services.frames import ahead
from survey.services.frames.ahead import RowsAhead
from survey.services.frames.checking import RowChecker
from survey.services.frames.csv_rows import CsvRows
from survey.services.frames.faults import Faults
from survey.services.frames.scratch import Scratch
from survey.services.frames.target import Target
from survey.services.frames.xlsx_rows import XlsxRows

Reader = CsvRows | XlsxRows | RowsAhead

Progress = Callable[[int, int, str], None]
EVERY = 5_000
#: The first bytes of archives (XLSX), and of Excel's binary files and locked workbooks.
ZIP, BINARY = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
HASHED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class CheckSummary:
    name: str
    sha256: str
    n_rows: int
    n_frame: int
    #: Reason -> rows that do not count.
    excluded: Mapping[str, int]
    n_faults: int
    faults_by_code: Mapping[str, int]
    faults: list[Problem]


@dataclass(slots=True)
class Checked:
    """What reading a file has shown; ``scratch`` holds the rows until the block ends."""

    target: Target
    layout: Layout
    name: str
    sha256: str
    scratch: Scratch
    faults: Faults
    n_rows: int = 0
    n_frame: int = 0
    #: Whether codes and persons were compared (not for a file without headings).
    sorted: bool = False
    #: Reason -> rows that do not count.
    excluded: Mapping[str, int] = field(default_factory=dict)
    #: Field -> unknown word -> how often.
    unknown: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def summary(self) -> CheckSummary:
        """What is left to tell when the scratch file is gone."""
        return CheckSummary(
            self.name,
            self.sha256,
            self.n_rows,
            self.n_frame,
            dict(self.excluded),
            self.faults.total,
            dict(self.faults.by_code),
            self.faults.in_order(),
        )

    def refuse_faults(self) -> None:
        """Raises InvalidInput with the first thousand faults and the number of all."""
        if self.faults.total:
            raise InvalidInput(
                "Danh sách hồ sơ có %(n)s lỗi; chưa nạp dòng nào.",
                self.faults.in_order(),
                code="frame.invalid",
                n=self.faults.total,
            )


@contextmanager
def check(
    target: Target,
    source: Path | BinaryIO,
    layout: Layout,
    *,
    name: str,
    contact_key: str,
    today: date,
    folder: Path | None = None,
    faults_file: TextIO | None = None,
    progress: Progress = lambda done, total, message: None,
) -> Iterator[Checked]:
    """Read a file.  Raises InvalidInput for one that cannot be read at all."""
    with _opened(source) as file, Scratch(folder) as scratch, _no_search_for_cycles():
        faults = Faults(faults_file)
        sha256, sound = digest(file)
        made = Checked(target, layout, _named(target, name), sha256, scratch, faults)
        faults.extend(_layout_faults(target, layout))
        _read(made, rows_of(file, layout, sound=sound), Seal(contact_key), today, progress)
        yield made


def rows_of(file: BinaryIO, layout: Layout, *, sound: bool = False) -> Reader:
    """The reader for a file, told by its first bytes.  Raises InvalidInput."""
    file.seek(0)
    start = file.read(4)
    if start == BINARY:
        raise InvalidInput(
            "Tệp là Excel kiểu cũ (.xls) hoặc có mật khẩu; hãy lưu lại dạng XLSX hoặc CSV.",
            [],
            code="frame.old_excel",
        )
    return ahead.reader(file, layout.sheet) if start == ZIP else CsvRows(file, sound=sound)


def digest(file: BinaryIO) -> tuple[str, bool]:
    """sha256 of the file's bytes, and whether all of them are UTF-8."""
    made = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    sound = True
    file.seek(0)
    while part := file.read(HASHED_AT_ONCE):
        made.update(part)
        sound = sound and _decodes(decoder, part)
    return made.hexdigest(), sound and _decodes(decoder, b"", final=True)


def _decodes(decoder: codecs.IncrementalDecoder, part: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(part, final)
    except UnicodeDecodeError:
        return False
    return True


def _read(made: Checked, reader: Reader, seal: Seal, today: date, progress: Progress) -> None:
    rows = reader.rows()
    headings = _headings(rows, made.layout)
    if headings is None:
        made.faults.extend(reader.faults)
        made.faults.add(Problem("frame.empty", "Tệp không có dòng nào."))
        return
    places, missing = made.layout.places(headings)
    made.faults.extend(missing)
    checker = RowChecker(
        made.target, made.layout, places, headings, seal=seal, faults=made.faults, today=today
    )
    for number, cells in rows:
        made.n_rows += 1
        staged = checker.row(number, cells, padded=reader.pads)
        if staged is not None:
            made.scratch.add(staged)
        if made.n_rows % EVERY == 0:
            expected = int(made.n_rows / max(reader.expected, 1e-9))
            progress(made.n_rows, max(expected, made.n_rows), "Đọc và kiểm tra từng dòng")
    made.faults.extend(reader.faults)
    if not made.n_rows:
        empty = Problem("frame.empty", "Tệp chỉ có dòng tiêu đề, không có hồ sơ.")
        made.faults.add(empty)
    progress(made.n_rows, made.n_rows, "Tìm mã và người lặp lại")
    _finish(made, checker)


def _finish(made: Checked, checker: RowChecker) -> None:
    made.scratch.close_reading()
    made.sorted = True
    if made.layout.repeated == "first":
        made.scratch.drop_repeated()
    else:
        for row, code, first in made.scratch.repeated_codes():
            checker.faults.duplicate(row, code, first)
    made.excluded = made.scratch.excluded()
    made.n_frame = made.scratch.n_frame()
    made.unknown = checker.faults.unknown
    if made.n_rows and not made.n_frame and not made.faults.total:
        made.faults.add(
            Problem("frame.none_eligible", "Không hồ sơ nào của tệp được tính vào đợt khảo sát.")
        )


def _headings(rows: Iterator[tuple[int, list[str]]], layout: Layout) -> list[str] | None:
    for number, cells in rows:
        if number >= layout.heading_row:
            return [clean_line(text) for text in cells]
    return None


def _layout_faults(target: Target, layout: Layout) -> Iterator[Problem]:
    known = {"field": target.fields, "channel": target.channels, "unit_code": target.units}
    for name, words in known.items():
        given = [layout.constants[name]] if name in layout.constants else []
        for code in (*given, *layout.values.get(name, {}).values()):
            if code.casefold() not in words:
                yield Problem(
                    "layout.code",
                    "Bảng ghép cột: “%(code)s” không phải mã của “%(column)s” trong đợt này.",
                    {"code": code, "column": name},
                )


def _named(target: Target, name: str) -> str:
    return f"synthetic-{name}" if target.synthetic and "synthetic" not in name else name


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Millions of short-lived tuples make the collector of cycles run for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(source, io.IOBase):
        yield source
    else:
        with Path(source).open("rb") as file:
            yield file
