"""SPSS system files (.sav, .zsav), written by the block.

pyreadstat writes a whole frame at a time.  Its files begin with the dictionary and end with the
rows, each compressed by itself, so the rows of many small files of one dictionary are the rows of
one large file.  Every small file begins with one row that holds the widest texts and is left out;
that all of them have the same dictionary is checked, not believed.
Source of the layout: PSPP developers' guide, "System File Format".
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pyreadstat

from survey.render.microdata.blocks import LibraryChanged, blocks, frame, widest
from survey.render.microdata.columns import Cell, Column, Rows, Type, cut

#: Most bytes of a variable's label and of a value's label.
MOST_LABEL, MOST_VALUE_LABEL = 255, 120
EPOCH = date(1582, 10, 14)
_SECONDS = 86_400.0
#: Where the dictionary says how many rows there are: the old place, and that for large files.
_N_OLD, _N_NEW = slice(80, 84), -16
#: Where it says when the file was made.  The library asks the clock; all blocks must look alike.
_MADE = slice(92, 109)
#: Rows of a .zsav are packed in pieces of this size.
_PIECE = 0x3FF000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))
_END_OF_DICTIONARY = struct.pack("<ii", 999, 0)


def write(
    path: Path,
    columns: Sequence[Column],
    rows: Rows,
    *,
    title: str,
    on: date,
    packed: bool = False,
) -> int:
    """Write the rows; return how many.  ``packed``: as .zsav; ``on``: the day the file names.

    Raises LibraryChanged if pyreadstat lays files out differently.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, path.open("w+b") as out:
        small = _SmallFiles(columns, title, Path(folder))
        out.write(small.dictionary(on, packed=packed))
        begin = out.tell()
        sink: _Plain | _Packed = _Packed(out) if packed else _Plain(out)
        n = 0
        for block, last in blocks(rows, columns):
            n += len(block)
            if block:
                sink.add(small.rows_of(block, last=last))
        sink.finish()
        _tell_number(out, n, begin)
    return n


class _SmallFiles:
    """Small files of one dictionary, and their rows as bytes."""

    def __init__(self, columns: Sequence[Column], title: str, folder: Path) -> None:
        self.columns, self.path = columns, folder / "block.sav"
        self.first = widest(columns)
        self.options = _options(columns, title)
        one, two, three = (self._file([self.first] * k) for k in (1, 2, 3))
        self.width = len(three) - len(two)
        self.length = len(self._file([self.first], plain=True)) - self._plain_width()
        self.head, self.tail = one[: self.length], one[self.length :]
        begins_with_dictionary = self.head.endswith(_END_OF_DICTIONARY)
        if not begins_with_dictionary or len(two) - self.length != self.width + len(self.tail):
            raise LibraryChanged("the rows of a .sav do not follow its dictionary")

    def dictionary(self, on: date, *, packed: bool) -> bytes:
        head = bytearray(self.head)
        head[_MADE] = f"{on.day:02} {_MONTHS[on.month - 1]} {on:%y}00:00:00".encode()
        if packed:
            head[:4], head[72:76] = b"$FL3", struct.pack("<i", 2)
        return bytes(head)

    def rows_of(self, block: Sequence[Sequence[Cell]], *, last: bool) -> bytes:
        """The bytes of the rows; those that are not the last must not carry the end mark."""
        ending = [] if last else [self.first]
        made = self._file([self.first, *block, *ending])
        if _lasting(made[: self.length]) != _lasting(self.head):
            raise LibraryChanged("two blocks of a .sav have different dictionaries")
        end = len(made) if last else len(made) - len(self.tail)
        if not last and made[end:] != self.tail:
            raise LibraryChanged("a row of a .sav depends on the row before it")
        return made[self.length + self.width : end]

    def _plain_width(self) -> int:
        one, two = (len(self._file([self.first] * k, plain=True)) for k in (1, 2))
        return two - one

    def _file(self, rows: Sequence[Sequence[Cell]], *, plain: bool = False) -> bytes:
        made = frame(self.columns, rows, epoch=EPOCH, unit=_SECONDS)
        pyreadstat.write_sav(made, str(self.path), row_compress=not plain, **self.options)
        return self.path.read_bytes()


class _Plain:
    def __init__(self, out: BinaryIO) -> None:
        self.add: Callable[[bytes], int] = out.write

    def finish(self) -> None:
        pass


class _Packed:
    """The same bytes as zlib pieces, packed as they come, with the list of pieces at the end."""

    def __init__(self, out: BinaryIO) -> None:
        self.out, self.begin = out, out.tell()
        self.pieces: list[tuple[int, int, int, int]] = []
        self.plain_at, self.packed_at = self.begin, self.begin + 24
        out.write(bytes(24))
        self._open()

    def add(self, made: bytes) -> None:
        rest = memoryview(made)
        while rest:
            now = rest[: _PIECE - self.n_plain]
            self._put(self.packer.compress(now))
            self.n_plain += len(now)
            rest = rest[len(now) :]
            if self.n_plain == _PIECE:
                self._close()

    def finish(self) -> None:
        if self.n_plain:
            self._close()
        trailer = struct.pack("<qqii", -100, 0, _PIECE, len(self.pieces))
        trailer += b"".join(struct.pack("<qqii", *piece) for piece in self.pieces)
        self.out.write(trailer)
        self.out.seek(self.begin)
        self.out.write(struct.pack("<qqq", self.begin, self.packed_at, len(trailer)))

    def _open(self) -> None:
        self.packer, self.n_plain, self.n_packed = zlib.compressobj(6), 0, 0

    def _close(self) -> None:
        self._put(self.packer.flush())
        self.pieces.append((self.plain_at, self.packed_at, self.n_plain, self.n_packed))
        self.plain_at += self.n_plain
        self.packed_at += self.n_packed
        self._open()

    def _put(self, packed: bytes) -> None:
        self.n_packed += self.out.write(packed)


def _tell_number(out: BinaryIO, n: int, end_of_dictionary: int) -> None:
    out.seek(_N_OLD.start)
    out.write(struct.pack("<i", n))
    out.seek(end_of_dictionary + _N_NEW)
    out.write(struct.pack("<q", n))


def _lasting(head: bytes) -> bytes:
    return head[: _N_OLD.start] + head[_N_OLD.stop : _MADE.start] + head[_MADE.stop : _N_NEW]


def _options(columns: Sequence[Column], title: str) -> dict:
    return {
        "file_label": cut(title, 64),
        "column_labels": {c.name: cut(c.label, MOST_LABEL) for c in columns},
        "variable_value_labels": {
            c.name: {
                float(code): cut(label, MOST_VALUE_LABEL)
                for code, label in {**c.values, **c.missing}.items()
            }
            for c in columns
            if c.values or c.missing
        },
        "missing_ranges": {
            c.name: [{"lo": float(c.missing_range[0]), "hi": float(c.missing_range[1])}]
            for c in columns
            if c.missing_range
        },
        "variable_measure": {c.name: str(c.measure) for c in columns},
        "variable_format": {c.name: f for c in columns if (f := _format(c))},
    }


def _format(column: Column) -> str:
    if column.type is Type.DAY:
        return "SDATE10"
    if column.type is Type.TEXT:
        return ""
    return f"F{12 + column.decimals}.{column.decimals}" if column.decimals else "F12.0"
