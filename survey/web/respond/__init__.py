"""The citizen's pages: from a scanned code to a receipt, without JavaScript."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("respond", __name__)

from survey.web.respond import (  # noqa: E402, F401  (they add their views to bp)
    enter,
    gate,
    pages,
    receipt,
)
from survey.web.respond.lane import Lane  # noqa: E402, F401
