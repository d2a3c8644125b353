"""Which source made a release can be told from the source alone, by other means."""

from __future__ import annotations

import subprocess
from pathlib import Path

from survey.services.release import software

ROOT = Path(__file__).parents[3]
#: As somebody who distrusts us would write it.
RECIPE = """
find analysis forms survey -name '*.py' | LC_ALL=C sort | xargs -d '\\n' sha256sum
"""


def test_the_digest_is_that_of_the_files_by_coreutils():
    lines = subprocess.check_output(["bash", "-c", RECIPE], cwd=ROOT)
    assert lines.count(b"\n") > 500
    digest = subprocess.check_output(["sha256sum"], input=lines).split()[0].decode()
    assert software.source_sha256() == digest


def test_the_commit_is_the_one_that_is_checked_out():
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    expected = asked.stdout.strip() if asked.returncode == 0 else ""
    assert software.version().commit == expected
