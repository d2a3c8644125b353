"""A web process never loads the statistics: they cost seconds and a hundred megabytes each."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.source import ROOT

HEAVY = ("analysis", "numpy", "pandas", "scipy", "duckdb", "pyarrow")
#: Of the statistics only what needs nothing but the standard library.
LIGHT = (
    "analysis",
    "analysis.errors",
    "analysis.quality",
    "analysis.quality.outcome_rates",
    # What a scheme says and the rules of TT 01/2018, without any estimate.
    "analysis.index",
    *(
        f"analysis.index.{name}"
        for name in (
            *("formula", "rounding", "rule_lint", "scheme", "scheme_diff", "scheme_fault"),
            *("scheme_lint", "scheme_plain", "scoring", "tt01"),
        )
    ),
)

PROGRAM = """
import importlib, pkgutil, sys
from survey.app import create_app
import survey.web
for module in pkgutil.walk_packages(survey.web.__path__, "survey.web."):
    importlib.import_module(module.name)
app = create_app()
client = app.test_client()
for rule in app.url_map.iter_rules():
    if "GET" in rule.methods and not rule.arguments:
        reply = client.get(rule.rule)
        assert reply.status_code < 500, (rule.rule, reply.status)
        print("asked", rule.rule, reply.status_code)
print("loaded", *sorted(name for name in sys.modules if name.split(".")[0] in sys.argv[1:]))
"""


def test_no_page_loads_the_statistics(database_url, tmp_path):
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "SURVEY_INSTANCE": str(tmp_path / "instance"),
        "LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *HEAVY],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) > 3
    assert set(lines[-1].split()) <= {"loaded", *LIGHT}
