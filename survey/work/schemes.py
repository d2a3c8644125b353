"""A wave's data under another scheme."""

from __future__ import annotations

from typing import Any

from flask import Flask

from survey.store.session import Database
from survey.work.progress import Progress, now


def replay(app: Flask, progress: Progress, wave: str, scheme: str, by: str) -> Any:
    """A wave's data under another scheme, kept for its page."""
    from survey.services.composition import scheme_replay
    from survey.services.schemes import register

    at = now()
    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc số liệu của đợt")
    with database.read() as session:
        other = register.find(session, scheme)
        found = scheme_replay.compute(session, wave, other, now=at)
    with database.write() as session:
        register.keep(session, other, by=by, now=at)
        replay = scheme_replay.store(session, found, by=by, now=at)
    progress(2, 2, "Đã tính lại theo bộ chỉ số khác")
    return replay, found
