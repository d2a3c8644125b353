"""Stata files (.dta, format 118 of Stata 14 and newer), written by the block.

As with SPSS, pyreadstat writes small files of one dictionary and their rows, which all have one
width, are put into one file between ``<data>`` and ``</data>``.
Source of the layout: Stata manual, "File formats .dta" (help dta).
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pyreadstat

from survey.render.microdata.blocks import LibraryChanged, blocks, frame, widest
from survey.render.microdata.columns import Cell, Column, Rows, Type, cut, cut_letters

#: Most letters of a variable's label, bytes of a value's label and of a text; longer texts go on in
#: further columns.
MOST_LABEL, MOST_VALUE, MOST_TEXT = 80, 32_000, 2_000
#: Blanks at the end of a part would be dropped by some readers: up to so many begin the next one.
_BLANKS = 100
EPOCH = date(1960, 1, 1)
_N, _DATA, _END, _MAP = b"<N>", b"<data>", b"</data>", b"<map>"
#: Places of the file's parts that stand in its map after the rows.
_AFTER = slice(10, 14)


def write(path: Path, columns: Sequence[Column], rows: Rows, *, title: str) -> int:
    """Write the rows; return how many.  Raises LibraryChanged as for SPSS."""
    parts = _parts(columns)
    flat = [part for of_column in parts for part in of_column]
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, path.open("w+b") as out:
        small = _SmallFiles(flat, title, Path(folder))
        out.write(small.head)
        n = 0
        for block, _last in blocks(_divided(rows, parts), flat):
            n += len(block)
            if block:
                out.write(small.rows_of(block))
        out.write(small.rest)
        small.tell_number(out, n)
    return n


class _SmallFiles:
    def __init__(self, columns: Sequence[Column], title: str, folder: Path) -> None:
        self.columns, self.path = columns, folder / "block.dta"
        self.first = widest(columns)
        self.options = _options(columns, title)
        one, two = self._file([self.first]), self._file([self.first] * 2)
        self.width = len(two) - len(one)
        self.places = self._places(one)
        begin, end = self.places[9] + len(_DATA), self.places[10] - len(_END)
        self.head, self.rest = one[:begin], one[end:]
        found = one[self.places[9] : begin], one[end : end + len(_END)], end - begin
        if found != (_DATA, _END, self.width):
            raise LibraryChanged("the rows of a .dta do not stand in its data part")
        self.n_at = one.index(_N) + len(_N)

    def rows_of(self, block: Sequence[Sequence[Cell]]) -> bytes:
        made = self._file([self.first, *block])
        begin = len(self.head)
        end = begin + self.width * (len(block) + 1)
        same = self._blank(made[:begin]) == self._blank(self.head) and made[end:] == self.rest
        if not same:
            raise LibraryChanged("two blocks of a .dta have different dictionaries")
        return made[begin + self.width : end]

    def tell_number(self, out: BinaryIO, n: int) -> None:
        out.seek(self.n_at)
        out.write(struct.pack("<Q", n))
        moved = [place + self.width * (n - 1) for place in self.places[_AFTER]]
        out.seek(self._map_at() + 8 * _AFTER.start)
        out.write(struct.pack("<4Q", *moved))

    def _map_at(self) -> int:
        return self.head.index(_MAP) + len(_MAP)

    @staticmethod
    def _places(made: bytes) -> tuple[int, ...]:
        at = made.index(_MAP) + len(_MAP)
        return struct.unpack("<14Q", made[at : at + 112])

    def _blank(self, head: bytes) -> bytes:
        """The dictionary without the numbers that follow from the number of rows."""
        blank = bytearray(head)
        blank[self.n_at : self.n_at + 8] = bytes(8)
        after = self._map_at() + 8 * _AFTER.start
        blank[after : after + 32] = bytes(32)
        return bytes(blank)

    def _file(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        made = frame(self.columns, rows, epoch=EPOCH, unit=1.0)
        for column in self.columns:
            if column.letters:
                coded = made[column.name]
                reasons = coded.map({float(k): v for k, v in column.letters.items()})
                made[column.name] = coded.astype(object).where(reasons.isna(), reasons)
        pyreadstat.write_dta(made, str(self.path), version=14, **self.options)
        return self._undated(self.path.read_bytes())

    @staticmethod
    def _undated(made: bytes) -> bytes:
        """The library dates its files by the clock; all blocks must look alike."""
        at = made.index(b"<timestamp>") + len(b"<timestamp>")
        length = made[at]
        return (
            made[: at + 1] + b"01 Jan 2000 00:00"[:length].ljust(length) + made[at + 1 + length :]
        )


def _parts(columns: Sequence[Column]) -> list[list[Column]]:
    """Each column, a long text as several."""
    return [
        [_part(column, k) for k in range(column.width // (MOST_TEXT - _BLANKS) + 1)]
        if column.type is Type.TEXT and column.width > MOST_TEXT
        else [column]
        for column in columns
    ]


def _part(column: Column, k: int) -> Column:
    if k == 0:
        return replace(column, width=MOST_TEXT)
    name, label = f"{column.name[:28]}__{k + 1}", f"({k + 1}) {column.label}"
    return replace(column, name=name, label=label, width=MOST_TEXT)


def _divided(rows: Rows, parts: Sequence[Sequence[Column]]) -> Iterator[list[Cell]]:
    counts = [len(of_column) for of_column in parts]
    for row in rows:
        cells: list[Cell] = []
        for cell, n in zip(row, counts, strict=True):
            cells += [cell] if n == 1 else _pieces(cell or "", n)
        yield cells


def _pieces(text: str, n: int) -> list[str]:
    """The text in n pieces of at most MOST_TEXT bytes, cut at whole letters."""
    pieces, rest = [], text.encode()
    for _ in range(n):
        piece = rest[:MOST_TEXT].decode(errors="ignore")
        shorter = piece.rstrip()
        if len(piece.encode()) < len(rest) and len(piece) - len(shorter) <= _BLANKS - 4:
            piece = shorter
        rest = rest[len(piece.encode()) :]
        pieces.append(piece)
    return pieces


def _options(columns: Sequence[Column], title: str) -> dict:
    return {
        "file_label": cut_letters(title, 80),
        "column_labels": {c.name: cut_letters(c.label, MOST_LABEL) for c in columns},
        "variable_value_labels": {
            c.name: {
                **{float(code): cut(label, MOST_VALUE) for code, label in c.values.items()},
                **{c.letters[code]: cut(label, MOST_VALUE) for code, label in c.missing.items()},
            }
            for c in columns
            if c.values or c.missing
        },
        "missing_user_values": {
            c.name: sorted(set(c.letters.values())) for c in columns if c.letters
        },
        "variable_format": {c.name: f for c in columns if (f := _format(c))},
    }


def _format(column: Column) -> str:
    if column.type is Type.DAY:
        return "%tdCCYY-NN-DD"
    if column.type is Type.TEXT:
        return ""
    return f"%{12 + column.decimals}.{column.decimals}f"
