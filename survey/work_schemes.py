"""The work of trying a wave's data under another scheme (see `survey.work`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from survey.store.session import Database


def replay(
    app: Flask, progress: Callable[[int, int, str], None], wave: str, scheme: str, by: str
) -> Any:
    """A wave's data under another scheme, kept for its page."""
    from survey.services import scheme_replay
    from survey.services.schemes import register

    now = datetime.now(UTC)
    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc số liệu của đợt")
    with database.read() as session:
        other = register.find(session, scheme)
        found = scheme_replay.compute(session, wave, other, now=now)
    with database.write() as session:
        register.keep(session, other, by=by, now=now)
        replay = scheme_replay.store(session, found, by=by, now=now)
    progress(2, 2, "Đã tính lại theo bộ chỉ số khác")
    return replay, found
