"""Parquet files read by the executors of a Spark cluster."""

from __future__ import annotations

import pickle
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.engines.protocol import Chunk, Kernel, Keys, Sums, add_sums, refuse_many
from analysis.errors import DesignError

#: Rows of a block, and bytes of sums that travel as one.
ROWS, PIECE = 250_000, 4 << 20

_WHOLE = ("tinyint", "smallint", "int", "bigint")


class SparkEngine:
    """Parquet files that every executor can reach; each adds up its rows, the driver adds those.

    Parameters
    ----------
    files : path, pattern or list of them, as Spark reads them
    master : str or None
        ``spark://host:port``; None: the session that is there, else a local one.
    memory : int
        Bytes that one executor's task may use: a thirty-second holds the sums of one pass.

    Raises
    ------
    DesignError
        ``engine.spark_missing`` without PySpark, pyarrow or Java.

    Notes
    -----
    Key columns are coded by a broadcast join; the kernel runs beside the rows, in Python on Arrow
    batches, so executors need the packages of ``requirements-spark.txt`` and this one's.
    """

    def __init__(
        self,
        files: str | Path | Sequence[str | Path],
        master: str | None = None,
        *,
        memory: int = 4 << 30,
    ) -> None:
        self.budget = memory // 32
        self._session, self._ours = _open_session(master)
        paths = [files] if isinstance(files, str | Path) else list(files)
        self._rows = self._session.read.parquet(*(str(path) for path in paths))
        self._keys: dict[tuple[str, ...], Keys] = {}
        self._parcel = tempfile.TemporaryDirectory()
        context = self._session.sparkContext
        context.addPyFile(str(_packed(Path(self._parcel.name))))
        if context.pythonExec == "python3":  # Spark's default; PYSPARK_PYTHON names another
            context.pythonExec = sys.executable

    def kinds(self) -> dict[str, str]:
        return {name: _kind(text) for name, text in self._rows.dtypes}

    def peek(self, names: Sequence[str], rows: int) -> pd.DataFrame:
        few = self._rows.selectExpr(*_numbers(names, self.kinds())).limit(rows).toArrow()
        return few.to_pandas()

    def keys(self, names: Sequence[str]) -> Keys:
        wanted = tuple(dict.fromkeys(names))
        if wanted not in self._keys:
            self._keys[wanted] = self._made(wanted)
        return self._keys[wanted]

    def _made(self, names: tuple[str, ...]) -> Keys:
        if not names:
            return Keys((), pd.DataFrame(index=range(1)), np.array([self._rows.count()]))
        counted = self._rows.groupBy(*(_quoted(name) for name in names)).count()
        found = counted.toArrow()
        refuse_many(names, found.num_rows)
        found = found.sort_by([(name, "ascending") for name in names])
        table = found.to_pandas()
        rows = table.pop("count").to_numpy(dtype=np.int64)
        coded = found.drop_columns("count").append_column(
            "survey_code", [np.arange(found.num_rows, dtype=np.int32)]
        )
        return Keys(names, table, rows, self._session.createDataFrame(coded))

    def fold(
        self,
        keys: Sequence[Keys],
        numbers: Sequence[str],
        kernel: Kernel,
        span: tuple[int, int] | None = None,
    ) -> Sums:
        numbers = list(dict.fromkeys(numbers))
        coded = self._coded(keys, numbers, span)
        self._session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", ROWS)
        with warnings.catch_warnings():
            # PySpark warns of new pandas; rows come here as Arrow, no pandas is between.
            warnings.simplefilter("ignore", FutureWarning)
            mapped = coded.mapInArrow(_adder(kernel, len(keys), numbers), "part binary")
        sums = kernel.start()
        for row in _brought(mapped, sum(array.nbytes for array in sums.values())):
            name, at, part = pickle.loads(row["part"])  # noqa: S301
            if at is None:
                add_sums(sums, {name: part})
            else:
                sums[name][at] += part
        return sums

    def _coded(self, keys: Sequence[Keys], numbers: list[str], span):
        """Rows as codes c0, c1, … and numbers n0, n1, …"""
        from pyspark.sql import functions as f

        rows, codes = self._rows.alias("r"), []
        for i, one in enumerate(keys):
            if not one.names:
                codes.append(f.lit(0).cast("int").alias(f"c{i}"))
                continue
            table = one.handle.alias(f"k{i}")
            if i == 0 and span is not None:
                table = table.where(f.col("survey_code").between(*map(int, span)))
            same = None
            for name in one.names:
                pair = f.col(f"r.{_quoted(name)}").eqNullSafe(f.col(f"k{i}.{_quoted(name)}"))
                same = pair if same is None else same & pair
            rows = rows.join(f.broadcast(table), same)
            codes.append(f.col(f"k{i}.survey_code").alias(f"c{i}"))
        values = [
            f.expr(text).alias(f"n{j}")
            for j, text in enumerate(_numbers(numbers, self.kinds(), "r."))
        ]
        return rows.select(*codes, *values)

    def close(self) -> None:
        if self._ours:  # executors of a session that goes on may still fetch the parcel
            self._session.stop()
            self._parcel.cleanup()


def _open_session(master: str | None):
    """A session, and whether it was opened here."""
    try:
        import pyarrow  # noqa: F401  # what Spark brings its rows to Python with
        from pyspark.sql import SparkSession

        there = SparkSession.getActiveSession()
        if there is not None and master in (None, there.conf.get("spark.master")):
            return there, False
        builder = SparkSession.builder.appName("survey").master(master or "local[*]")
        return builder.config("spark.ui.enabled", "false").getOrCreate(), True
    except (ImportError, RuntimeError, FileNotFoundError) as missing:
        raise DesignError(
            "engine.spark_missing",
            f"Spark cannot be started here: {missing}",
            hint="pip install -r requirements-spark.txt, and a Java of 17 or newer.",
        ) from missing


def _packed(folder: Path) -> Path:
    """This package as executors import it."""
    package = Path(__file__).parents[1]
    target = folder / f"{folder.name}.zip"  # a session refuses two of one name
    with zipfile.ZipFile(target, "w") as parcel:
        for path in sorted(package.rglob("*.py")):
            parcel.write(path, path.relative_to(package.parent))
    return target


def _adder(kernel: Kernel, k: int, numbers: list[str]) -> Callable:
    def added(batches: Iterator) -> Iterator:
        import pyarrow as pa

        sums = kernel.start()
        for batch in batches:
            columns = [_array(column) for column in batch.columns]
            if batch.num_rows:
                kernel.add(sums, Chunk(tuple(columns[:k]), dict(zip(numbers, columns[k:]))))  # noqa: B905
        for name, array in sums.items():
            for piece in _pieces(array):
                part = pickle.dumps((name, *piece))
                yield pa.RecordBatch.from_arrays([pa.array([part], pa.binary())], ["part"])

    return added


def _array(column) -> NDArray:
    import pyarrow as pa

    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return column.to_numpy(zero_copy_only=False)


def _pieces(array: NDArray) -> Iterator[tuple[NDArray | None, NDArray]]:
    """A small array whole; of a large one the rows that are not 0, piece by piece."""
    if array.nbytes <= PIECE:
        yield None, array
        return
    at = np.flatnonzero(array.reshape(len(array), -1).any(axis=1))
    step = max(1, PIECE * len(array) // array.nbytes)
    for first in range(0, at.size, step):
        some = at[first : first + step]
        yield some, array[some]


def _brought(parts, size: int) -> Iterator:
    """Rows of the parts: at once if they are small, else one partition's after another's."""
    if size <= 4 * PIECE:
        yield from parts.collect()
        return
    from pyspark import StorageLevel

    kept = parts.persist(StorageLevel.DISK_ONLY)
    kept.count()  # all partitions are worked on together; only bringing them is in turn
    yield from kept.toLocalIterator()
    kept.unpersist()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _kind(text: str) -> str:
    if text == "boolean":
        return "b"
    if text in _WHOLE:
        return "i"
    return "f" if text in ("float", "double") or text.startswith("decimal") else "O"


def _numbers(names: Sequence[str], kinds: dict[str, str], prefix: str = "") -> list[str]:
    """Columns of numbers as they are, anything else as far as it can be read as one."""
    return [
        prefix + _quoted(name)
        if kinds[name] in "bi"
        else f"try_cast({prefix}{_quoted(name)} AS double)"
        for name in names
    ]
