"""Parquet files: DuckDB reads the rows as they were written down and packs them by the group."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from survey.render.microdata.columns import Cell, Column, Rows, Type

_TYPES = {
    Type.CODE: "INTEGER",
    Type.NUMBER: "DOUBLE",
    Type.TEXT: "VARCHAR",
    Type.DAY: "DATE",
}
#: Rows of a group: what is in memory at once.
_GROUP = 8_192
#: MB of memory that the packing begins with, and may have at most.
_MEMORY, _MOST = 16, 2_000
#: Fewest bytes of a row as text that are reckoned with.
_LINE = 1 << 16


def write(path: Path, columns: Sequence[Column], rows: Rows, *, title: str) -> int:
    """Write the rows; return how many.  The labels stand in the file's metadata as JSON."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain = Path(folder) / "rows.csv"
        with plain.open("w", encoding="utf-8", newline="") as file:
            writer, n, longest = csv.writer(file), 0, _LINE
            for row in rows:
                # A character is four bytes at most.
                longest = max(longest, 4 * writer.writerow([_plain(cell) for cell in row]))
                n += 1
        _pack(_copy(columns, plain, path, title, longest), folder)
    return n


def _pack(statement: str, folder: str) -> None:
    """Run the statement in little memory; many columns or long texts need more of it."""
    memory = _MEMORY
    while True:
        settings = {"threads": 1, "memory_limit": f"{memory}MB", "temp_directory": folder}
        try:
            with duckdb.connect(config=settings) as engine:
                engine.execute(statement)
            return
        except duckdb.OutOfMemoryException:
            if memory >= _MOST:
                raise
            memory += memory // 2


def _copy(columns: Sequence[Column], plain: Path, path: Path, title: str, longest: int) -> str:
    types = ", ".join(f"{_quoted(c.name)}: {_quoted(_TYPES[c.type])}" for c in columns)
    meta = {"title": title, "columns": json.dumps([_described(c) for c in columns])}
    pairs = ", ".join(f"{key}: {_quoted(value)}" for key, value in meta.items())
    # Nothing is guessed from the rows: the same columns always give the same types.
    read = (
        f"read_csv({_quoted(str(plain))}, auto_detect = false, header = false, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', parallel = false, "
        f"max_line_size = {longest}, buffer_size = {2 * longest}, columns = {{{types}}})"
    )
    return (
        f"COPY (SELECT * FROM {read}) TO {_quoted(str(path))} (FORMAT parquet, COMPRESSION zstd, "
        f"ROW_GROUP_SIZE {_GROUP}, KV_METADATA {{{pairs}}})"
    )


def _described(column: Column) -> dict:
    return {
        "name": column.name,
        "label": column.label,
        "values": {str(code): label for code, label in column.values.items()},
        "missing": {str(code): label for code, label in column.missing.items()},
    }


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    return cell.isoformat() if isinstance(cell, date) else repr(cell)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
