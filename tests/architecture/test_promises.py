"""A build server is never told that all is well when a promised group did not run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.source import ROOT

TEST = """
import pytest

@pytest.mark.browser
@pytest.mark.skipif({skip}, reason="no Chromium here")
def test_page(): pass

def test_rule(): pass
"""


@pytest.mark.parametrize(
    ("skip", "promised", "code", "said"),
    [
        (False, "browser", 0, "browser      ran     1 passed"),
        (True, "", 0, "skipped 1: no Chromium here"),
        (True, "browser", 1, "FAILED: must run here, browser: not one test ran"),
        (False, "journey", 1, "FAILED: must run here, journey: not one test ran"),
    ],
)
def test_a_promised_group_that_does_not_run_fails_the_run(tmp_path, skip, promised, code, said):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(TEST.format(skip=skip), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests", "-p", "tests.support.groups"]
        + [f"-c{ROOT / 'pyproject.toml'}", f"--rootdir={tmp_path}", f"--must-run={promised}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in done.stdout
    assert done.returncode == code
