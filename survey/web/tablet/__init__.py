"""Our own field client: an app in the browser that works without a network, at secret addresses.

Its submissions go to the OpenRosa intake like those of every other client.
"""

from __future__ import annotations

from flask import Blueprint, Flask

bp = Blueprint("tablet", __name__, url_prefix="/odk/<token>/app")

from survey.web.tablet import exchange, shell  # noqa: E402, F401  (they add views to bp)


def install(app: Flask) -> None:
    """The app keeps no cookie, so it has no form token: the address is what it knows."""
    app.extensions["csrf"].exempt(bp)
