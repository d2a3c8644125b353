"""One R process that answers for R's `survey`: a data frame and expressions in, numbers out."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import numpy as np
import pandas as pd
import pytest

NEEDS = "apt: r-base-core r-cran-survey r-cran-jsonlite"

SERVER = r"""
if (!all(sapply(c("jsonlite", "survey"), requireNamespace, quietly = TRUE))) quit(status = 77)
suppressMessages(suppressWarnings(library(survey)))
cat(jsonlite::toJSON(list(R = R.version.string, survey = as.character(packageVersion("survey"))),
                     auto_unbox = TRUE), "\n", sep = "")
flat <- function(x) unname(as.vector(x))
take <- function(e) {
  v <- vcov(e)
  list(est = flat(coef(e)), se = flat(SE(e)), cov = if (is.matrix(v)) flat(v) else NULL)
}
asked <- file("stdin"); open(asked)
while (length(line <- readLines(asked, 1, warn = FALSE))) {
  ask <- jsonlite::fromJSON(line)
  where <- new.env()
  where$d <- as.data.frame(ask$data, stringsAsFactors = FALSE)
  options(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE)
  answers <- lapply(ask$calls, function(text) tryCatch(
    suppressWarnings(suppressMessages(eval(parse(text = text), where))),
    error = function(e) list(error = conditionMessage(e))))
  cat(jsonlite::toJSON(answers, digits = I(17), na = "null", null = "null"), "\n", sep = "")
}
"""


class LiveR:
    """R's `survey` in a process of its own; skips the test where R or the package is not there."""

    def __init__(self) -> None:
        if shutil.which("Rscript") is None:
            pytest.skip(f"R is not installed ({NEEDS})")
        self._process = subprocess.Popen(
            ["Rscript", "--no-init-file", "-e", SERVER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        first = self._process.stdout.readline()
        if not first:
            assert self._process.wait() == 77, "R stopped before it began"
            pytest.skip(f"R lacks survey or jsonlite ({NEEDS})")
        self.versions = json.loads(first)

    def ask(self, frame: pd.DataFrame, calls: dict[str, str]) -> dict[str, Any]:
        """The value of each call, in order; they see the frame as ``d`` and each other's names."""
        data = {name: _plain(column) for name, column in frame.items()}
        self._process.stdin.write(json.dumps({"data": data, "calls": calls}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "R stopped in the middle"
        return json.loads(line)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)


def numbers(found: Any) -> np.ndarray:
    """Numbers of an answer, NaN where R has none."""
    return np.array([np.nan if v is None else v for v in np.ravel(found)], dtype=float)


def _plain(column: pd.Series) -> list:
    return [None if pd.isna(value) else value for value in column.tolist()]
