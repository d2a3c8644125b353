"""The R script beside the stored figures gives them again, where R and `survey` are installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.reference

HERE = Path(__file__).parent / "oracles"

#: What `survey` before 4.2 did otherwise; the script's head says why.
OLD = re.compile(r"wilson|trim40_strict|by_quantile|lonely1(_fpc)?/adjust(_domlonely)?/total")


def test_r_gives_every_stored_figure_again():
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (apt: r-base-core r-cran-survey r-cran-jsonlite)")
    done = subprocess.run(
        ["Rscript", "--no-init-file", "make.R"], cwd=HERE, capture_output=True, text=True
    )
    if "there is no package called" in done.stderr:
        pytest.skip("R lacks survey or jsonlite (apt: r-cran-survey r-cran-jsonlite)")
    head = re.search(r"survey ([\d.]+) *\n(\d+) cases, (\d+) figures compared", done.stdout)
    assert head, done.stderr
    version, cases, figures = head.groups()
    assert int(cases) == 728
    assert int(figures) >= 1600
    apart = [line.strip() for line in done.stdout.splitlines() if line.startswith("   ")]
    if version < "4.2":
        apart = [line for line in apart if not OLD.search(line)]
    assert not apart
