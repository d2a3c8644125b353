"""Pages.  A view reads the request, calls one service, answers."""

from __future__ import annotations

from flask import Flask

from survey.web import (
    assets,
    errors,
    field,
    guards,
    health,
    i18n,
    limits,
    media,
    office,
    openrosa,
    requests,
    respond,
    results,
    security,
    start,
    tablet,
    transaction,
    unit,
)


def install(app: Flask) -> None:
    """Register everything; transactions come last, around all views."""
    requests.install(app)
    assets.install(app)
    security.install(app)
    i18n.install(app)
    limits.install(app)
    errors.install(app)
    openrosa.install(app)
    tablet.install(app)
    guards.without_database(app.view_functions["static"])
    for room in (start, respond, results, office, unit, field, openrosa, tablet, health, media):
        app.register_blueprint(room.bp)
    transaction.install(app)
    app.wsgi_app = respond.Lane(app)
    app.wsgi_app = openrosa.Lane(app)
    security.trust_proxies(app)
