"""A unit's own pages.  No address names a unit: the account alone says which it is."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("unit", __name__, url_prefix="/don-vi")

from survey.web.unit import claims, duties, home  # noqa: E402, F401  (they add views to bp)
