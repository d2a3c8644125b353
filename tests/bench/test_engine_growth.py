"""From which size on each engine pays, and how time and memory grow.  Prints; never judges times.

``ENGINE_ROWS=1e8`` goes that far (some 2 GB on disk); without it the last size is 10⁷.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from tests.support import machine
from tests.support.source import ROOT
from tests.support.spark import own_cluster

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

#: 200 communes; villages in each grow with the rows, up to 250.
VILLAGES = {4: 10, 5: 25, 6: 100}
DOMAINS = {"200 that cross the strata": "occupation,age,service", "200 communes": "commune"}

#: Beyond these a size is left out: a frame of 10⁸ rows does not fit; Spark on one machine would
#: take an hour.
LARGEST = {"frame": 7, "memory": 7, "duckdb": 8, "spark": 6}


def make(power: int, folder: Path) -> Path:
    """Synthetic answers in no order: the hardest case, every block holds every commune."""
    items = ", ".join(f"(1 + floor(5 * random()))::TINYINT AS q{j}" for j in range(1, 26))
    path = folder / f"rows-{power}.parquet"
    with duckdb.connect(
        config={"memory_limit": "2GiB", "preserve_insertion_order": "false"}
    ) as base:
        base.execute("SELECT setseed(0.5)")
        base.execute(
            f"""COPY (SELECT 'C' || lpad((i % 200)::VARCHAR, 3, '0') AS commune,
            (i // 200 % {VILLAGES.get(power, 250)})::SMALLINT AS village,
            exp(random() * 2 + 0.5) AS w, floor(random() * 10)::TINYINT AS occupation,
            floor(random() * 5)::TINYINT AS age, floor(random() * 4)::TINYINT AS service, {items}
            FROM range({10**power}) rows(i)) TO '{path}' (FORMAT parquet)"""
        )
    return path


def run(engine: str, path: Path, by: str, environment: dict[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.engine_run", engine, str(path), by],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def spark_is_here() -> bool:
    return importlib.util.find_spec("pyspark") is not None and machine.java() is not None


def test_growth(tmp_path, capsys):
    last = round(math.log10(float(os.environ.get("ENGINE_ROWS", "1e7"))))
    with ExitStack() as stack, capsys.disabled():
        engines = {"frame": "frame", "memory": "memory", "duckdb": "duckdb"}
        environment: dict[str, str] = {}
        if spark_is_here():
            engines["spark"], environment = stack.enter_context(own_cluster())
        before: dict[tuple[str, str], float] = {}
        print("\n25 means, engine by engine, each in its own process, files read included")
        for power in range(4, last + 1):
            path = make(power, tmp_path)
            for what, by in DOMAINS.items():
                figures = {}
                for name, engine in engines.items():
                    if power <= LARGEST[name]:
                        figures[name] = run(engine, path, by, environment)
                show(power, what, figures, before)
                # Times are no verdict; a sum that differs is.
                for found in figures.values():
                    for figure in ("estimate", "se"):
                        assert math.isclose(found[figure], figures["duckdb"][figure], rel_tol=1e-9)
            path.unlink()


def show(power: int, what: str, figures: dict, before: dict) -> None:
    print(f"10^{power} rows, {what}:")
    for name, found in figures.items():
        ago = before.get((what, name))
        slope = f", slope {math.log10(found['seconds'] / ago):.2f}" if ago else ""
        before[what, name] = found["seconds"]
        print(
            f"  {name:<7}{found['seconds']:9.2f} s ({found['cpu']:.1f} s of CPU), "
            f"peak {found['peak_mib']:6.0f} MiB{slope}"
        )
