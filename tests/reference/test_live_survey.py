"""Random designs through R's `survey` beside us.

Where R or its package is not installed these tests are skipped and the summary says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign

pytestmark = pytest.mark.reference

SEED = 2026

SCRIPT = r"""
if (!all(sapply(c("jsonlite", "survey"), requireNamespace, quietly = TRUE))) quit(status = 77)
suppressMessages(library(survey))
take <- function(e) list(est = unname(coef(e)), se = unname(as.vector(SE(e))))
folder <- commandArgs(trailingOnly = TRUE)
one <- function(path) {
  d <- read.csv(path); d$one <- 1
  des <- svydesign(id = ~psu + ssu, strata = ~h, weights = ~w, fpc = ~N1 + N2, data = d,
                   nest = TRUE)
  cal <- calibrate(des, ~sex, c(`(Intercept)` = 900, sexm = 430), calfun = "raking",
                   epsilon = 1e-13, maxit = 200)
  jk <- as.svrepdesign(svydesign(id = ~psu, strata = ~h, weights = ~w, data = d, nest = TRUE))
  list(
    mean = take(svyby(~y, ~d, des, svymean)), total = take(svytotal(~y, des)),
    ratio = take(svyratio(~y, ~x, des)), variance = take(svyvar(~y, des)),
    missing = take(svymean(~z, des, na.rm = TRUE)),
    subset = take(svytotal(~y, subset(des, sex == "f"))),
    calibrated = take(svyby(~y, ~d, cal, svymean)), jackknife = take(svyby(~y, ~d, jk, svymean)),
    df = degf(des)
  )
}
cat(jsonlite::toJSON(lapply(list.files(folder, full.names = TRUE), one), digits = I(17),
                     auto_unbox = TRUE))
"""


def sample(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for h in range(rng.integers(2, 5)):
        drawn = int(rng.integers(2, 6))
        of = int(drawn + rng.integers(0, 20))
        for psu in range(drawn):
            inner = int(rng.integers(2, 5))
            inner_of = int(inner + rng.integers(0, 9))
            rows += [
                (h, psu, ssu, of, inner_of)
                for ssu in range(inner)
                for _ in range(rng.integers(1, 4))
            ]
    frame = pd.DataFrame(rows, columns=["h", "psu", "ssu", "N1", "N2"])
    n = len(frame)
    y = rng.normal(5, 2, n)
    return frame.assign(
        w=rng.lognormal(2, 0.7, n), y=y, z=np.where(rng.random(n) < 0.2, np.nan, y),
        x=rng.random(n) + 0.5, d=rng.integers(0, 2, n), sex=rng.choice(["f", "m"], n),
    )  # fmt: skip


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> list[tuple[pd.DataFrame, dict]]:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (apt: r-base-core r-cran-survey r-cran-jsonlite)")
    folder: Path = tmp_path_factory.mktemp("samples")
    frames = [sample(SEED + k) for k in range(25)]
    for k, frame in enumerate(frames):
        frame.to_csv(folder / f"{k:02d}.csv", index=False, na_rep="NA", float_format="%.17g")
    script = folder.parent / "compare.R"
    script.write_text(SCRIPT)
    done = subprocess.run(
        ["Rscript", "--vanilla", str(script), str(folder)], capture_output=True, text=True
    )
    if done.returncode == 77:
        pytest.skip("R lacks survey or jsonlite (apt: r-cran-survey r-cran-jsonlite)")
    assert done.returncode == 0, done.stderr
    return list(zip(frames, json.loads(done.stdout), strict=True))


def ours(frame: pd.DataFrame) -> dict:
    two = SurveyDesign(
        frame, weights="w", strata="h", psu=["psu", "ssu"], fpc=["N1", "N2"], nest=True
    )
    plain = SurveyDesign(frame, weights="w", strata="h", psu="psu", nest=True)
    calibrated = two.calibrate({"sex": {"f": 470.0, "m": 430.0}}, distance="raking")
    return {
        "mean": two.mean("y", by="d"), "total": two.total("y"), "ratio": two.ratio("y", "x"),
        "variance": two.variance("y"), "missing": two.mean("z", na="drop"),
        "subset": two.where((frame["sex"] == "f").to_numpy()).total("y"),
        "calibrated": calibrated.mean("y", by="d"),
        "jackknife": plain.replicates("JKn").mean("y", by="d"),
    }  # fmt: skip


def test_random_two_stage_designs(pairs):
    for frame, wanted in pairs:
        found = ours(frame)
        for name, made in found.items():
            for ours_, theirs in (("estimate", "est"), ("se", "se")):
                np.testing.assert_allclose(
                    made.table[ours_], np.ravel(wanted[name][theirs]), rtol=1e-9, err_msg=name
                )
        assert found["total"].table["df"][0] == wanted["df"]
