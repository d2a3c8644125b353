"""The work behind the field clients' intake (the other kinds of work: ``survey.work``)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask

from survey.services.intake import run
from survey.store.session import Database


def take_in(app: Flask, progress: Callable[[int, int, str], None]) -> int:
    """Turn what field clients sent into answers, or put it into quarantine; how many."""
    database: Database = app.extensions["database"]
    key = app.extensions["settings"].code_key_bytes
    done = run.run(database.write, code_key=key, now=datetime.now(UTC))
    progress(done, done, "Đã tiếp nhận phiếu thực địa")
    return done
