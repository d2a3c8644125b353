"""Is the process alive, and can it do its work?"""

from __future__ import annotations

from flask import Blueprint, current_app

from survey.services import readiness
from survey.web import guards

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@guards.without_database
def alive():
    return {"status": "ok"}


@bp.get("/readyz")
@guards.without_database
def ready():
    """503 while the database cannot be reached or is not at the newest schema."""
    fault = readiness.fault(current_app.extensions["database"])
    if fault:
        return {"status": "unavailable", "database": fault}, 503
    return {"status": "ok"}
