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
_GROUP = 2_048
#: MB of memory, and how much more for each column beyond the first 200: hundreds of replicates.
_MEMORY, _WIDE, _PER_COLUMN = 160, 200, 1.0
#: Most bytes of a row as text; the reader's buffer would else grow with the file.
_LINE = 1 << 22


def write(path: Path, columns: Sequence[Column], rows: Rows, *, title: str) -> int:
    """Write the rows; return how many.  The labels stand in the file's metadata as JSON."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain = Path(folder) / "rows.csv"
        with plain.open("w", encoding="utf-8", newline="") as file:
            writer, n = csv.writer(file), 0
            for row in rows:
                writer.writerow([_plain(cell) for cell in row])
                n += 1
        settings = {
            "threads": 1,
            "memory_limit": f"{_MEMORY + max(0, len(columns) - _WIDE) * _PER_COLUMN:.0f}MB",
            "temp_directory": folder,
        }
        with duckdb.connect(config=settings) as engine:
            engine.execute(_copy(columns, plain, path, title))
    return n


def _copy(columns: Sequence[Column], plain: Path, path: Path, title: str) -> str:
    types = ", ".join(f"{_quoted(c.name)}: {_quoted(_TYPES[c.type])}" for c in columns)
    meta = {"title": title, "columns": json.dumps([_described(c) for c in columns])}
    pairs = ", ".join(f"{key}: {_quoted(value)}" for key, value in meta.items())
    # Nothing is guessed from the rows: the same columns always give the same types.
    read = (
        f"read_csv({_quoted(str(plain))}, auto_detect = false, header = false, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', parallel = false, "
        f"max_line_size = {_LINE}, buffer_size = {2 * _LINE}, columns = {{{types}}})"
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
