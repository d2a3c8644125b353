"""OpenRosa for ODK Collect, KoboCollect, Enketo and our own tablet, at secret addresses.

Source: https://docs.getodk.org/openrosa/ (form list, manifest, submission, HTTP), and what ODK
Collect asks beyond it.
"""

from __future__ import annotations

from flask import Blueprint, Flask

bp = Blueprint("openrosa", __name__, url_prefix="/odk/<token>")

from survey.web.openrosa import forms, lane, submission, wire  # noqa: E402, F401  (they add views to bp)

wire.install(bp)
Lane = lane.Lane


def install(app: Flask) -> None:
    """Clients keep no cookie, so they have no form token: the address is what they know."""
    app.extensions["csrf"].exempt(bp)
