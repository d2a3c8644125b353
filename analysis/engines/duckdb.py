"""Parquet files larger than memory, read by DuckDB as a stream of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.engines.protocol import Chunk, Kernel, Keys, Sums, as_numbers, refuse_many
from analysis.errors import DesignError

#: DuckDB's vectors of 2,048 rows that are fetched at once.
VECTORS = 128

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
          "UINTEGER", "UBIGINT", "UHUGEINT")  # fmt: skip


class DuckdbEngine:
    """Parquet files read within a limit of memory; what does not fit is spilled to disk.

    Parameters
    ----------
    files : path, folder, pattern or list of them
    memory : int
        Bytes for all: half of it is DuckDB's own, an eighth holds the sums of one pass, a
        sixty-fourth the rows of a block.
    spill : path or None
        Folder for what does not fit; None: DuckDB's own choice.
    threads : int or None
        None: all cores.

    Raises
    ------
    DesignError
        ``engine.memory``, ``engine.files``.

    Notes
    -----
    Combinations of key columns are coded where the rows are, by a join with their table; a row
    comes to Python as whole numbers and never twice in one pass.
    """

    def __init__(
        self,
        files: str | Path | Sequence[str | Path],
        *,
        memory: int = 4 << 30,
        spill: str | Path | None = None,
        threads: int | None = None,
    ) -> None:
        paths = [files] if isinstance(files, str | Path) else list(files)
        config: dict[str, str | int] = {
            "memory_limit": f"{memory // 2}B",
            "preserve_insertion_order": "false",
        }
        if spill is not None:
            config["temp_directory"] = str(spill)
        if threads is not None:
            config["threads"] = threads
        self._memory, self.budget = memory, memory // 8
        self._base = duckdb.connect(config=config)
        self._files = [
            str(Path(path, "**", "*.parquet") if Path(path).is_dir() else path) for path in paths
        ]
        self._keys: dict[tuple[str, ...], Keys] = {}
        self._kinds: dict[str, str] = {}

    def whole(self) -> pd.DataFrame:
        """All rows."""
        return self._ask("SELECT * FROM read_parquet(?)", [self._files]).df()

    def kinds(self) -> dict[str, str]:
        if not self._kinds:
            self._kinds = self._described()
        return self._kinds

    def _described(self) -> dict[str, str]:
        found = self._ask("DESCRIBE SELECT * FROM read_parquet(?)", [self._files])
        return {name: _kind(text) for name, text, *_ in found.fetchall()}

    def peek(self, names: Sequence[str], rows: int) -> pd.DataFrame:
        wanted = ", ".join(_number(name, self.kinds()) for name in names) or "1"
        return self._ask(
            f"SELECT {wanted} FROM read_parquet(?) r LIMIT {int(rows)}", [self._files]
        ).df()

    def keys(self, names: Sequence[str]) -> Keys:
        wanted = tuple(dict.fromkeys(names))
        if wanted not in self._keys:
            self._keys[wanted] = self._made(wanted)
        return self._keys[wanted]

    def _made(self, names: tuple[str, ...]) -> Keys:
        if not names:
            count = self._ask("SELECT count(*) FROM read_parquet(?)", [self._files])
            return Keys((), pd.DataFrame(index=range(1)), np.array(count.fetchone()), None)
        handle = f"survey_keys_{len(self._keys)}"
        columns = ", ".join(_quoted(name) for name in names)
        self._ask(
            f"CREATE TEMP TABLE {handle} AS SELECT {columns}, count(*) AS survey_rows, "
            f"row_number() OVER (ORDER BY {columns}) - 1 AS survey_code "
            f"FROM read_parquet(?) GROUP BY {columns}",
            [self._files],
        )
        (count,) = self._ask(f"SELECT count(*) FROM {handle}").fetchone()
        refuse_many(names, count)
        table = self._ask(f"SELECT * FROM {handle} ORDER BY survey_code").df()
        rows = table.pop("survey_rows").to_numpy(dtype=np.int64)
        return Keys(names, table.drop(columns="survey_code"), rows, handle)

    def fold(
        self,
        keys: Sequence[Keys],
        numbers: Sequence[str],
        kernel: Kernel,
        span: tuple[int, int] | None = None,
    ) -> Sums:
        sums = kernel.start()
        for chunk in self._chunks(keys, list(dict.fromkeys(numbers)), span):
            kernel.add(sums, chunk)
        return sums

    def _chunks(
        self, keys: Sequence[Keys], numbers: list[str], span: tuple[int, int] | None
    ) -> Iterator[Chunk]:
        kinds = self.kinds()
        wanted, joins = [], []
        for i, one in enumerate(keys):
            if not one.names:
                wanted.append("0::INTEGER")
                continue
            same = " AND ".join(
                f"r.{_quoted(name)} IS NOT DISTINCT FROM k{i}.{_quoted(name)}" for name in one.names
            )
            wanted.append(f"k{i}.survey_code::INTEGER")
            joins.append(f"JOIN {one.handle} k{i} ON {same}")
        wanted += [_number(name, kinds) for name in numbers]
        where = ""
        if span is not None and keys[0].names:
            where = f"WHERE k0.survey_code BETWEEN {int(span[0])} AND {int(span[1])}"
        listed = ", ".join(f"{text} AS c{i}" for i, text in enumerate(wanted))
        self._ask(
            f"SELECT {listed} FROM read_parquet(?) r {' '.join(joins)} {where}", [self._files]
        )
        # Every block goes through all sums of a pass once: the fewer the better.
        k, most, waiting, held = len(keys), self._memory // 64, [], 0
        while len(block := self._next()):
            waiting.append([as_numbers(block[name]) for name in block])
            held += sum(array.nbytes for array in waiting[-1])
            if held >= most:
                yield _joined(waiting, k, numbers)
                waiting, held = [], 0
        if waiting:
            yield _joined(waiting, k, numbers)

    def _ask(self, question: str, values: list | None = None) -> duckdb.DuckDBPyConnection:
        with _named(self._memory):
            return self._base.execute(question, values or [])

    def _next(self) -> pd.DataFrame:
        with _named(self._memory):
            return self._base.fetch_df_chunk(VECTORS)

    def close(self) -> None:
        self._base.close()


@contextmanager
def _named(memory: int) -> Iterator[None]:
    """Within it, DuckDB's refusals have a code."""
    try:
        yield
    except duckdb.OutOfMemoryException as full:
        raise DesignError(
            "engine.memory",
            f"DuckDB cannot work within its half of {memory} bytes.",
            hint="Allow more memory, or fewer threads.",
            memory=memory,
        ) from full
    except duckdb.IOException as lost:
        raise DesignError(
            "engine.files", f"The files cannot be read: {lost}", hint="Parquet files, or a pattern."
        ) from lost


def _joined(blocks: list[list[NDArray]], k: int, numbers: list[str]) -> Chunk:
    arrays = [np.concatenate(column) for column in zip(*blocks, strict=True)]
    return Chunk(tuple(arrays[:k]), dict(zip(numbers, arrays[k:], strict=True)))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _kind(text: str) -> str:
    if text == "BOOLEAN":
        return "b"
    if text in _WHOLE:
        return "i"
    return "f" if text in ("FLOAT", "DOUBLE") or text.startswith("DECIMAL") else "O"


def _number(name: str, kinds: dict[str, str]) -> str:
    """A column of numbers as it is, anything else as far as it can be read as one."""
    held = f"r.{_quoted(name)}"
    return held if kinds[name] in "bi" else f"TRY_CAST({held} AS DOUBLE)"
