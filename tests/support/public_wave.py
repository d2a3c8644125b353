"""One public table for all tests of a module: made once, on SQLite."""

from __future__ import annotations

import shutil
from pathlib import Path

from survey.app import create_app
from survey.config import Settings
from survey.store import waves as wave_store
from tests.support.released import Answered, answered, exclude


def make(folder: Path, template: Path) -> Answered:
    """Answered and computed, two units with few answers, four answers excluded; public."""
    path = folder / "survey.db"
    shutil.copyfile(template, path)
    app = create_app(
        Settings.from_env(
            {
                "DATABASE_URL": f"sqlite:///{path}",
                "SURVEY_INSTANCE": str(folder),
                "PUBLIC_URL": "http://localhost",
                "LOG_LEVEL": "WARNING",
            }
        )
    )
    return publish(answered(app, scale=0.1, few=2))


def publish(found: Answered) -> Answered:
    """Exclude four answers, compute again, let everybody see it."""
    with found.database.write() as session:
        wave_store.get(session, found.slug).results_public = True
        exclude(session, found.slug, n=4)
    found.compute()
    return found


def drop(found: Answered) -> None:
    found.app.extensions["counting"].drop()
    found.app.extensions["database"].dispose()
