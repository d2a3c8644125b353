"""``make test``: prepare the machine, start a PostgreSQL of our own, run pytest, tidy up.

Words after the options go to pytest: ``.venv/bin/python -m tests.support.run tests/forms -x``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.support import machine
from tests.support.postgresql import own_cluster

ROOT = Path(__file__).parents[2]


def main(words: list[str]) -> int:
    """Run the chosen tests; return pytest's exit code."""
    # A build server stops us with SIGTERM: leave through the door that stops the cluster.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    machine.prepare()
    environment = dict(os.environ)
    with ExitStack() as stack:
        if "TEST_POSTGRESQL_URL" not in environment and (programs := machine.postgresql()):
            try:
                environment["TEST_POSTGRESQL_URL"] = stack.enter_context(own_cluster(programs))
            except RuntimeError as failed:
                print(failed, flush=True)
        return _pytest(_options(words), environment)


def _pytest(options: list[str], environment: dict[str, str]) -> int:
    tests = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    try:
        return tests.wait()
    except KeyboardInterrupt:
        return tests.wait()  # Ctrl-C reached pytest too: it sums up and ends by itself
    finally:
        if tests.poll() is None:
            tests.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                tests.wait(timeout=15)
            tests.terminate()
            tests.wait()


def _options(words: list[str]) -> list[str]:
    if "--bench" in words:
        return ["-s", *words]
    chosen = [word for word in words if not word.startswith("-")]
    promised = ["--must-run=postgresql,browser,spark"] if _is_ci() and not chosen else []
    workers = min(4, os.cpu_count() or 1)
    return [f"-n{workers}", "--dist=worksteal", *promised, *words]


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
