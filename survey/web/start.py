"""The start page, and the language switch that every page carries."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for

from survey.services import results
from survey.web import guards
from survey.web.i18n import LANGUAGES
from survey.web.session import current

bp = Blueprint("start", __name__)


@bp.get("/")
@guards.public
def home():
    return render_template("start.html", waves=results.waves(current(), include_private=False))


@bp.post("/ngon-ngu")
@guards.public
def switch_language():
    """Keep the language for this visit and come back to the page."""
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        session["language"] = wanted
    return redirect(own_path(request.form.get("next", ""), url_for("start.home")), 303)


def own_path(target: str, otherwise: str) -> str:
    """Only a path of this site: a form must not send people elsewhere."""
    parts = urlsplit(target.replace("\\", "/"))
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return otherwise
    return parts.path
