"""What field clients sent becomes answers, or waits for a decision."""

from __future__ import annotations

from flask import Flask

from survey.services.intake import run
from survey.store.session import Database
from survey.work.progress import Progress, now


def take_in(app: Flask, progress: Progress) -> int:
    """Turn what field clients sent into answers, or put it into quarantine; how many."""
    database: Database = app.extensions["database"]
    key = app.extensions["settings"].code_key_bytes
    done = run.run(database.write, code_key=key, now=now())
    progress(done, done, "Đã tiếp nhận phiếu thực địa")
    return done
