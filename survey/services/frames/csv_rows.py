"""Rows of a CSV file, one at a time: UTF-8 or UTF-16, comma, semicolon or tab."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from survey.errors import Problem

DELIMITERS = ",;\t"
#: Titles may stand above the headings, so the delimiter is sought in more than one line.
LOOK_AT = 8192
LONGEST_LINE = 1 << 20
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class CsvRows:
    """Reads a file once from its beginning; ``faults`` tells what could not be read."""

    pads = False

    def __init__(self, file: BinaryIO, *, sound: bool = False) -> None:
        """``sound``: all bytes are known to be UTF-8, so that no line needs a look of its own."""
        self.file, self.sound = file, sound
        self.size = file.seek(0, io.SEEK_END)
        self.faults: list[Problem] = []
        self.read = 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row number (as a spreadsheet counts) and cells, without rows that are empty."""
        self.file.seek(0)
        self.read = 0
        start = self.file.read(LOOK_AT)
        self.file.seek(0)
        if start[:2] in UTF16:
            lines = self._wide_lines()
        else:
            lines = self._sound_lines() if self.sound else self._lines()
        reader = csv.reader(lines, delimiter=_delimiter(start), strict=True)
        number = 0
        try:
            for cells in reader:
                number += 1
                if any(cells):
                    yield number, cells
        except csv.Error as error:
            self.faults.append(
                Problem(
                    "frame.not_csv",
                    "Dòng %(row)s: không đọc được dạng CSV (%(reason)s).",
                    {"row": number + 1, "reason": str(error)},
                )
            )
        except UnicodeError as error:
            self._undecodable(number + 1, getattr(error, "start", 0) + 1)

    @property
    def expected(self) -> float:
        """Share of the file that was read, to tell how many rows it may have."""
        return self.read / self.size if self.size else 1.0

    def _lines(self) -> Iterator[str]:
        for number, line in enumerate(iter(lambda: self.file.readline(LONGEST_LINE), b""), start=1):
            self.read += len(line)
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError as error:
                # What cannot be read stands in for itself, so that the other rows are checked too.
                self._undecodable(number, error.start + 1)
                text = line.decode("utf-8", errors="replace")
            yield text.removeprefix("\ufeff") if number == 1 else text

    def _sound_lines(self) -> Iterator[str]:
        text = io.TextIOWrapper(self.file, encoding="utf-8-sig", newline="")
        try:
            while lines := text.readlines(LOOK_AT):
                self.read = self.file.tell()
                yield from lines
        finally:
            text.detach()

    def _wide_lines(self) -> Iterator[str]:
        text = io.TextIOWrapper(self.file, encoding="utf-16", newline="")
        try:
            for line in text:
                self.read += 2 * len(line)
                yield line
        finally:
            text.detach()

    def _undecodable(self, row: int, byte: int) -> None:
        self.faults.append(
            Problem(
                "frame.not_utf8",
                "Dòng %(row)s: byte thứ %(byte)s không phải UTF-8; hãy lưu tệp dạng CSV UTF-8.",
                {"row": row, "byte": byte},
            )
        )


def _delimiter(start: bytes) -> str:
    return max(DELIMITERS, key=lambda sign: start.count(sign.encode()))
