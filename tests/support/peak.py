"""Run a command in a process of its own and tell the most memory that it held."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from tests.support.source import ROOT

#: The kernel counts a process's own pages from its start; of a child's usage it would count the
#: parent's pages too.
PROGRAM = """
import re, sys
from flask.cli import main
try:
    main()
finally:
    status = open("/proc/self/status").read()
    print("PEAK", re.search(r"VmHWM:\\s+(\\d+) kB", status)[1], flush=True)
"""


def flask(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """``flask ARGUMENTS`` on Linux: (seconds, MiB at the peak).  Raises RuntimeError."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--app", "survey.app:create_app", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-500:] + done.stderr[-2000:])
    return time.monotonic() - begun, int(re.search(r"PEAK (\d+)", done.stdout)[1]) / 1024
