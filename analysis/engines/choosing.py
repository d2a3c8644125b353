"""One setting says who reads the rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.engines.protocol import Engine
from analysis.errors import DesignError

#: ``spark`` takes the session that is there, or a local one; ``spark://host:port`` a cluster.
ENGINES = ("memory", "duckdb", "spark", "spark://host:port")

Rows = pd.DataFrame | str | Path | Sequence[str | Path]


def open_engine(rows: Rows, engine: str = "duckdb", *, memory: int = 4 << 30) -> Engine:
    """The engine of that name over a frame (``memory`` only) or Parquet files.

    Parameters
    ----------
    memory : int
        Bytes that reading and summing may take.

    Raises
    ------
    DesignError
        ``engine.unknown``, ``engine.frame``, ``engine.spark_missing``.
    """
    if not (engine in ENGINES[:3] or engine.startswith("spark://")):
        raise DesignError(
            "engine.unknown",
            f"Unknown engine {engine!r}.",
            hint=f"One of {ENGINES}.",
            engine=engine,
        )
    if isinstance(rows, pd.DataFrame):
        if engine != "memory":
            raise DesignError(
                "engine.frame",
                f"Engine {engine!r} reads Parquet files, not a frame.",
                hint="Use engine='memory', or write the frame to a file.",
                engine=engine,
            )
        from analysis.engines.memory import MemoryEngine

        return MemoryEngine(rows, memory=memory)
    if engine.startswith("spark"):
        from analysis.engines.spark import SparkEngine

        return SparkEngine(rows, None if engine == "spark" else engine, memory=memory)
    from analysis.engines.duckdb import DuckdbEngine

    made = DuckdbEngine(rows, memory=memory)
    if engine == "duckdb":
        return made
    from analysis.engines.memory import MemoryEngine

    frame = made.whole()
    made.close()
    return MemoryEngine(frame, memory=memory)
