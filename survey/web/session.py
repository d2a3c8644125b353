"""The transaction of this request."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, g


def current():
    """The session that `survey.web.transaction` opened for this view."""
    return g.transaction


def now() -> datetime:
    return current_app.extensions["clock"]()
