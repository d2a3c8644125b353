"""The enumerator's own page: cases, and how to set the device up."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("field", __name__, url_prefix="/dieu-tra")

from survey.web.field import mine  # noqa: E402, F401  (adds views to bp)
