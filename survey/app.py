"""Put the parts together: settings, database, jobs, pages, commands."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from survey import cli, jobs, log, web
from survey.config import Settings
from survey.store.session import Database


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application.  It reads nothing but its settings and touches no database yet."""
    settings = settings or Settings.from_env()
    log.configure(settings.log_level)
    app = Flask("survey", static_folder="../static", instance_path=str(settings.instance_dir))
    app.config["SECRET_KEY"] = settings.secret_key
    app.extensions["settings"] = settings
    app.extensions["clock"] = lambda: datetime.now(UTC)
    app.extensions["database"] = Database(settings.database_url)
    jobs.install(app)
    web.install(app)
    cli.install(app)
    return app
