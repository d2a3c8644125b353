"""A long workbook is unpacked by a process of its own, while this one checks what came before.

Unpacking takes as long as checking; on two cores they go side by side.  The process writes what it
reads to a pipe: for each batch its length, then rows and cells with signs between that no cleaned
text holds.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from survey.errors import InvalidInput, Problem
from survey.services.frames.xlsx_rows import XlsxRows

ROW, CELL = "\x1e", "\x1f"
BATCH = 1_000
#: Below this size of the unpacked worksheet a process costs more time than it saves.
WORTH_IT = 32 << 20
_LENGTH = struct.Struct("!Id")
_NO_SIGNS = str.maketrans({ROW: " ", CELL: " "})
ROOT = Path(__file__).parents[3]


class RowsAhead:
    """Reads as ``XlsxRows`` does, from a file that has a name."""

    pads = True

    def __init__(self, path: Path, sheet: str) -> None:
        self.path, self.sheet = path, sheet
        self.faults: list[Problem] = []
        self.expected = 0.0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(self.path.resolve()), self.sheet],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        )
        try:
            yield from self._received(process.stdout)
        finally:
            process.stdout.close()
            process.kill()
            process.wait()

    def _received(self, pipe: BinaryIO) -> Iterator[tuple[int, list[str]]]:
        while True:
            head = pipe.read(_LENGTH.size)
            if len(head) < _LENGTH.size:
                break
            length, self.expected = _LENGTH.unpack(head)
            if not length:
                self._end(pipe.read())
                return
            content = pipe.read(length)
            if len(content) < length:
                break
            for text in content.decode().split(ROW):
                number, *cells = text.split(CELL)
                yield int(number), cells
        raise _broken()

    def _end(self, content: bytes) -> None:
        faults = json.loads(content)
        if faults:
            raise InvalidInput(
                "Tệp có lỗi; chưa nạp dòng nào.",
                [Problem(**fault) for fault in faults],
                code="frame.invalid",
            )


def reader(file: BinaryIO, sheet: str) -> XlsxRows | RowsAhead:
    """The reader for a workbook: a process of its own where that is worth it."""
    here = XlsxRows(file, sheet)
    path = getattr(file, "name", None)
    if here.size < WORTH_IT or not isinstance(path, str | os.PathLike) or (os.cpu_count() or 1) < 2:
        return here
    return RowsAhead(Path(path), sheet)


def _broken() -> InvalidInput:
    message = "Việc đọc tệp bị ngắt giữa chừng; hãy nạp lại."
    return InvalidInput(message, [Problem("frame.cut_off", message)], code="frame.cut_off")


def _send(path: str, sheet: str, out: BinaryIO) -> None:
    faults: list[dict[str, object]] = []
    waiting: list[str] = []
    try:
        with open(path, "rb") as file:
            rows = XlsxRows(file, sheet)
            for number, cells in rows.rows():
                text = CELL.join(cells)
                if text.count(CELL) >= len(cells) or ROW in text:
                    text = CELL.join([cell.translate(_NO_SIGNS) for cell in cells])
                waiting.append(f"{number}{CELL}{text}")
                if len(waiting) == BATCH:
                    _write(out, waiting, rows.expected)
                    waiting = []
            if waiting:
                _write(out, waiting, 1.0)
    except InvalidInput as refused:
        faults = [
            {"code": p.code, "message": p.message, "facts": dict(p.facts)} for p in refused.problems
        ]
    out.write(_LENGTH.pack(0, 1.0) + json.dumps(faults).encode())
    out.flush()


def _write(out: BinaryIO, rows: list[str], expected: float) -> None:
    content = ROW.join(rows).encode("utf-8", errors="replace")
    out.write(_LENGTH.pack(len(content), expected))
    out.write(content)


if __name__ == "__main__":
    _send(sys.argv[1], sys.argv[2], sys.stdout.buffer)
