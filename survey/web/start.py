"""The start page, and the language switch that every page carries."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from survey.services.results import results
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
    """Only a page of this site that can be asked for: a form must not send people elsewhere."""
    # Read like a browser: blanks are dropped, and a path of two slashes names another site.
    path = urlsplit(target.replace("\\", "/")).path
    is_here = target.startswith(path) and path.startswith("/") and not path.startswith("//")
    return path if is_here and can_be_opened(path) else otherwise


def can_be_opened(path: str) -> bool:
    """Whether a GET of this path has a page."""
    try:
        current_app.create_url_adapter(request).match(path, method="GET")
    except HTTPException as moved_or_missing:
        return isinstance(moved_or_missing, RequestRedirect)
    return True
