"""A server of its own with one enumerator, and the app in Chromium."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from survey.app import create_app
from survey.cli import server
from survey.config import Settings
from survey.store import migrate
from tests.support import field, waves
from tests.support.source import ROOT

BUILT = ROOT / "static" / "tablet" / "made.json"


@contextmanager
def serving(folder: Path, *, n: int) -> Iterator[tuple[object, str, field.Device]]:
    """(application, address, device with ``n`` cases) of a running server."""
    settings = Settings.from_env({"SURVEY_INSTANCE": str(folder), "LOG_LEVEL": "WARNING"})
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    wave = waves.make(app, scale=0.1)
    device = field.device(app, wave, n=n)
    with server.somewhere(app, None) as url:
        yield app, url, device
    app.extensions["database"].dispose()


def kill(context) -> None:
    """End a browser with all its processes at once, as an empty battery does."""
    folder = context.user_data
    found = subprocess.run(["pgrep", "-f", folder], capture_output=True, text=True, check=False)
    for pid in map(int, found.stdout.split()):
        if pid != os.getpid():
            os.kill(pid, signal.SIGKILL)
