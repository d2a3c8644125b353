"""Estimators beside R's survey, svy, ipfn and a bare scipy pass, all in one run.

Prints a table with ratios; judges nothing.  BENCH_ROWS sets the rows (1,000,000).  R takes part
where its package survey is there, svy and ipfn where tests/requirements-bench.txt is installed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from analysis.design import SurveyDesign
from analysis.estimation.compiled import AVAILABLE, switched
from analysis.estimation.ranking import rank_sets
from analysis.estimation.threads import one_thread
from tests.bench.survey_data import ITEMS, forty_totals, margins, survey

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
ROWS = int(float(os.environ.get("BENCH_ROWS", 1e6)))
FEWER = ROWS // 10
THREE = [0.25, 0.5, 0.75]


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """The least of several runs: what the work costs when the machine does nothing else."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return min(found)


def design(frame: pd.DataFrame) -> SurveyDesign:
    return SurveyDesign(frame, weights="w", strata="commune", psu="psu")


def bare_pass(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Means by cell and their variances by sparse products over communes, and nothing else."""
    w, code = frame["w"].to_numpy(), frame["cell"].to_numpy().astype(np.int32)
    psu, y = frame["psu"].to_numpy(), frame[ITEMS].to_numpy()
    edges = np.append(np.unique(frame["commune"], return_index=True)[1], len(frame))
    d = int(code.max()) + 1
    spans = list(zip(edges[:-1], edges[1:], strict=True))

    def gather(groups, weights, size):
        places = (groups.astype(np.int32), np.arange(len(groups) + 1, dtype=np.int32))
        return sparse.csc_matrix((weights, *places), shape=(size, len(groups)))

    top = np.zeros((d, len(ITEMS)))
    for a, b in spans:
        top += gather(code[a:b], w[a:b], d) @ y[a:b].astype(float)
    size = np.bincount(code, w, minlength=d)[:, None]
    mean, variance = top / size, np.zeros_like(top)
    for a, b in spans:
        own = psu[a:b] - psu[a]
        clusters = int(own[-1]) + 1
        present, cell = np.unique(own.astype(np.int64) * d + code[a:b], return_inverse=True)
        scores = gather(cell, w[a:b], present.size) @ (y[a:b] - mean[code[a:b]])
        of = gather(present % d, np.ones(present.size), d)
        total = of @ scores
        variance += clusters / (clusters - 1) * (of @ (scores * scores) - total**2 / clusters)
    return mean, variance / size**2


def r_seconds(frame: pd.DataFrame, fewer: pd.DataFrame, folder: Path) -> dict[str, float | str]:
    if shutil.which("Rscript") is None:
        return {}
    files = [folder / "rows.csv", folder / "fewer.csv"]
    for part, file in zip((frame, fewer), files, strict=True):
        part.to_csv(file, index=False)
    script = Path(__file__).with_name("peers.R")
    run = subprocess.run(["Rscript", script, *files], capture_output=True, text=True, check=False)
    words = [line.split() for line in run.stdout.splitlines()]
    if run.returncode:
        print(f"\nR stopped: {run.stderr.strip().splitlines()[-1:]}")
    found: dict[str, float | str] = {w[0]: float(w[1]) for w in words if w[0] != "version"}
    return found | {w[0]: w[1] for w in words if w[0] == "version"}


def svy_seconds(frame: pd.DataFrame, fewer: pd.DataFrame) -> dict[str, float]:
    if importlib.util.find_spec("svy") is None:
        return {}
    import polars
    import svy

    def sample(part: pd.DataFrame) -> svy.Sample:
        return svy.Sample(
            polars.from_pandas(part), svy.Design(stratum="commune", psu="psu", wgt="w")
        )

    whole, few = sample(frame), sample(fewer)
    targets = margins(frame)
    return {
        "means": seconds(lambda: whole.estimation.mean(ITEMS, by="cell"), 1),
        "raking": seconds(
            lambda: whole.weighting.rake(controls=targets, tol=1e-12, max_iter=200), 1
        ),
        "bootstrap": seconds(
            lambda: few.weighting.create_bs_wgts(500, rstate=1).estimation.mean(
                ITEMS, by="commune", method="replication"
            ), 1,
        ),
    }  # fmt: skip


def ipfn_seconds(frame: pd.DataFrame) -> dict[str, float]:
    if importlib.util.find_spec("ipfn") is None:
        return {}
    from ipfn import ipfn

    targets = margins(frame)
    names = list(targets)
    cells = frame.groupby(names, as_index=False)["w"].sum().rename(columns={"w": "total"})
    wanted = [pd.Series(targets[name]).rename_axis(name) for name in names]

    def job():
        # As its users do: cells first, then the fit, then a weight for every row.
        cells = frame.groupby(names, as_index=False)["w"].sum().rename(columns={"w": "total"})
        fitted = ipfn.ipfn(
            cells, wanted, [[name] for name in names], convergence_rate=1e-12, max_iteration=200
        ).iteration()
        return frame[names].merge(fitted, on=names)

    assert len(cells)
    return {"raking": seconds(job, 3)}


def ours(frame: pd.DataFrame, fewer: pd.DataFrame) -> dict[str, float]:
    whole, few = design(frame), design(fewer)
    known, totals = margins(frame), forty_totals(frame)
    raked = whole.rake(known)
    for name, target in known.items():
        sums = np.bincount(frame[name], raked.weights)
        assert np.abs(sums / np.array(list(target.values())) - 1).max() < 1e-12
    bounded = whole.calibrate(totals, bounds=(0.5, 2))
    assert ((bounded.weights / whole.weights > 0.5 - 1e-12) & (
        bounded.weights / whole.weights < 2 + 1e-12
    )).all()  # fmt: skip
    x = np.random.default_rng(1).normal(0, 2, 200)
    cov = np.diag(np.random.default_rng(2).uniform(0.3, 1.2, 200) ** 2)
    with switched(False):
        found = {
            "means": seconds(lambda: whole.mean(ITEMS, by="cell")),
            "raking": seconds(lambda: whole.rake(known)),
            "calibration": seconds(lambda: whole.calibrate(totals, bounds=(0.5, 2))),
            "bootstrap": seconds(
                lambda: few.replicates("bootstrap", n=500, seed=1).mean(ITEMS, by="commune")
            ),
            "quantiles": seconds(lambda: whole.quantile("q03", THREE, by="commune")),
            "rank sets": seconds(lambda: rank_sets(x, cov, draws=10_000), 3),
        }
    if AVAILABLE:
        with switched(True):
            whole.mean(ITEMS, by="cell")  # compiles
            found["means, compiled"] = seconds(lambda: whole.mean(ITEMS, by="cell"))
    return found


TITLES = {
    "means": "25 means × 200 cross-cutting domains, Taylor SE",
    "means, compiled": "the same with the compiled kernel (numba)",
    "raking": "raking, 5 margins, to 1e-12",
    "calibration": "calibration to 40 totals, g in [0.5, 2]",
    "bootstrap": "Rao–Wu bootstrap, 500 replicates, 25 means × 200 communes",
    "quantiles": "3 quantiles with SE × 200 communes",
    "rank sets": "rank sets, 200 units, 10,000 draws",
}


def test_beside_the_peers(tmp_path):
    frame, fewer = survey(ROWS), survey(FEWER)
    with one_thread():
        floor = seconds(lambda: bare_pass(frame))
        mean, variance = bare_pass(frame)
        table = design(frame).mean(ITEMS, by="cell").table
        np.testing.assert_allclose(table["estimate"], mean.ravel(), rtol=1e-11)
        np.testing.assert_allclose(table["se"], np.sqrt(variance).ravel(), rtol=1e-9)
    found = ours(frame, fewer)
    others = {
        "R": r_seconds(frame, fewer, tmp_path),
        "svy": svy_seconds(frame, fewer),
        "ipfn": ipfn_seconds(frame),
    }
    others["scipy"] = {"means": floor, "means, compiled": floor}
    for peer in ("R", "svy"):
        if "means" in others[peer]:
            others[peer]["means, compiled"] = others[peer]["means"]
    print(f"\n\n{ROWS:,} rows ({FEWER:,} for the bootstrap), R survey {others['R'].get('version')}")
    print("| task | seconds | R / ours | svy / ours | other / ours |\n|---|---|---|---|---|")
    for task, took in found.items():
        ratios = [
            f"{others[peer][task] / took:,.0f}" if task in others[peer] else "–"
            for peer in ("R", "svy")
        ]
        other = "–"
        if task in others["ipfn"]:
            other = f"ipfn {others['ipfn'][task] / took:.1f}"
        if task in others["scipy"]:
            other = f"bare scipy pass {others['scipy'][task] / took:.2f}"
        print(f"| {TITLES[task]} | {took:.4f} | {' | '.join(ratios)} | {other} |")


def test_growth():
    """Seconds from ten thousand rows on, and the slope of their logarithms: 1 is linear."""
    sizes = [n for n in (10**4, 10**5, 10**6, 10**7) if n <= max(ROWS, 10**5)]
    took = []
    for rows in sizes:
        whole = design(survey(rows))
        took.append(seconds(lambda whole=whole: whole.mean(ITEMS, by="cell"), 3))
        print(f"\n{rows:>12,} rows: {took[-1]:.4f} s", end="")
    slopes = np.diff(np.log(took)) / np.diff(np.log(sizes))
    print("\nslopes between:", ", ".join(f"{slope:.2f}" for slope in slopes))


MEMORY = """
import gc, sys
from tests.bench.survey_data import ITEMS, survey
from analysis.design import SurveyDesign
import scipy.sparse, threadpoolctl
def high():
    return next(int(x.split()[1]) for x in open("/proc/self/status") if x.startswith("VmHWM"))
small = survey(20_000)
SurveyDesign(small, weights="w", strata="commune", psu="psu").mean(ITEMS, by="cell")
frame = survey(int(sys.argv[1]))[["commune", "psu", "w", "cell", *ITEMS]].copy()
gc.collect()
open("/proc/self/clear_refs", "w").write("5")
before = high()
SurveyDesign(frame, weights="w", strata="commune", psu="psu").mean(ITEMS, by="cell")
print((high() - before) * 1024, frame.memory_usage(index=False).sum())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_memory():
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, str(ROWS)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    more, columns = map(float, run.stdout.split())
    print(
        f"\n{ROWS:,} rows: the columns take {columns / 1e6:.0f} MB; design and means need "
        f"{more / 1e6:.0f} MB more ({more / columns:.2f} of the columns)"
    )
