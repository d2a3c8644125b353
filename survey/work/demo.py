"""Respondents of the demonstration."""

from __future__ import annotations

from typing import Any

from flask import Flask

from survey.store.session import Database
from survey.work.progress import Progress, now
from survey.work.tables import recompute


def respond(app: Flask, progress: Progress, wave: str, urls: list[str], workers: int = 4) -> Any:
    from survey.services.demo import respond

    database: Database = app.extensions["database"]
    with database.write() as session:
        definition, layout, invited = respond.invite_all(
            session, wave, code_key=app.extensions["settings"].code_key_bytes, now=now()
        )
    return respond.walk(urls, definition, layout, invited, workers=workers, progress=progress)


def fill(app: Flask, progress: Progress, wave: str, url: str) -> Any:
    made = respond(app, progress, wave, [url])
    recompute(app, lambda done, total, message: None, wave)
    return made
