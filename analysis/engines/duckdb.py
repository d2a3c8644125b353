"""The sums of Parquet files larger than memory, by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from analysis.engines.protocol import (
    FIRST,
    ITEM_ROWS,
    ITEM_WEIGHT,
    ROWS,
    SECOND,
    WEIGHT,
    Item,
    Request,
)


class DuckdbEngine:
    """Parquet files summed within a limit of memory; what does not fit is spilled to disk.

    Parameters
    ----------
    files : path or list of paths
    memory : str
        Limit, as DuckDB writes it.
    spill : path or None
        Folder for what does not fit; None: DuckDB's own choice.
    threads : int or None
        None: all cores.

    Notes
    -----
    Sums are compensated (Kahan), so the order of rows changes no published digit.
    """

    def __init__(
        self,
        files: str | Path | Sequence[str | Path],
        *,
        memory: str = "4GiB",
        spill: str | Path | None = None,
        threads: int | None = None,
    ) -> None:
        paths = [files] if isinstance(files, str | Path) else list(files)
        config: dict[str, str | int] = {
            "memory_limit": memory,
            "preserve_insertion_order": "false",
        }
        if spill is not None:
            config["temp_directory"] = str(spill)
        if threads is not None:
            config["threads"] = threads
        self._base = duckdb.connect(config=config)
        self._files = [str(path) for path in paths]

    def columns(self) -> set[str]:
        return {name for name, *_ in self._ask("*", "LIMIT 0").description}

    def profile(self, request: Request) -> dict[str, float]:
        w = _number(request.weights)
        wanted = [
            "count(*) AS rows",
            f"count(*) FILTER (WHERE ({w} > 0 AND isfinite({w})) IS NOT TRUE) AS bad_weights",
        ]
        wanted += [
            f"count(*) FILTER (WHERE {_absent(name)}) AS key_{i}"
            for i, name in enumerate(request.keys)
        ]
        wanted += [
            f"avg({_number(item.name)}) FILTER (WHERE {_counts(item)}) AS centre_{j}"
            for j, item in enumerate(request.items)
        ]
        found = self._ask(", ".join(wanted))
        names = [name for name, *_ in found.description]
        values = found.fetchone()
        return {
            name: float("nan") if value is None else float(value)
            for name, value in zip(names, values, strict=True)
        }

    def cells(self, request: Request, centres: list[float]) -> pd.DataFrame:
        w = _number(request.weights)
        keys = [f"{_quoted(name)} AS key_{i}" for i, name in enumerate(request.keys)]
        wanted = [*keys, f"count(*) AS {ROWS}", f"fsum({w}) AS {WEIGHT}"]
        for j, (item, centre) in enumerate(zip(request.items, centres, strict=True)):
            where = _counts(item)
            off = f"({_number(item.name)} - CAST('{centre!r}' AS DOUBLE))"
            wanted += [
                f"count(*) FILTER (WHERE {where}) AS {ITEM_ROWS}{j}",
                f"fsum(CASE WHEN {where} THEN {w} ELSE 0 END) AS {ITEM_WEIGHT}{j}",
                f"fsum(CASE WHEN {where} THEN {w} * {off} ELSE 0 END) AS {FIRST}{j}",
                f"fsum(CASE WHEN {where} THEN {w} * {off} * {off} ELSE 0 END) AS {SECOND}{j}",
            ]
        groups = ", ".join(_quoted(name) for name in request.keys)
        return self._ask(", ".join(wanted), f"GROUP BY {groups}").df()

    def _ask(self, wanted: str, rest: str = "") -> duckdb.DuckDBPyConnection:
        question = f"SELECT {wanted} FROM read_parquet(?) {rest}"
        return self._base.execute(question, [self._files])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _number(name: str) -> str:
    return f"CAST({_quoted(name)} AS DOUBLE)"


def _absent(name: str) -> str:
    """Missing, also as NaN; words that merely say so are values."""
    kind = f"typeof({_quoted(name)}) IN ('DOUBLE', 'FLOAT')"
    return f"({_quoted(name)} IS NULL OR ({kind} AND isnan(TRY_CAST({_quoted(name)} AS DOUBLE))))"


def _counts(item: Item) -> str:
    return "(" + " AND ".join(f"NOT {_absent(name)}" for name in item.needs) + ")"
