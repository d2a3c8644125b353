"""The token of a form: that it was made for this browser, and when.

Flask-WTF's own, byte for byte; but its signer is made once.  Making one for each page took longer
than everything that is signed with it.
"""

from __future__ import annotations

import hmac
import secrets
import time
from functools import lru_cache

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature, URLSafeTimedSerializer

FIELD = "csrf_token"
#: For scripts that send something else than a form.
HEADER = "X-CSRF-Token"
CHECKED = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class FormTokens(CSRFProtect):
    """Refuses every form without the token of its own browser, whatever the view."""

    def protect(self, apply_exemptions: bool = False) -> None:
        if request.method not in CHECKED or request.endpoint is None:
            return
        if apply_exemptions and self._is_exempt():
            return
        # First: reading the form refuses one that is too long.
        given, kept = _sent(), session.get(FIELD)
        if kept is None:
            self._error_response("this browser has no token")
        try:
            sent = _signer(current_app.secret_key).loads(given)
        except BadSignature:
            self._error_response("the form's token is missing or not ours")
        if not hmac.compare_digest(kept, str(sent)):
            self._error_response("the form belongs to another browser")
        g.csrf_valid = True


def install(app: Flask) -> None:
    FormTokens(app)
    # Flask-WTF offers its own by both ways.
    app.jinja_env.globals[FIELD] = form_token
    app.context_processor(lambda: {FIELD: form_token})


def form_token() -> str:
    """The token for the forms of this page."""
    if "form_token" not in g:
        kept = session.get(FIELD)
        if kept is None:
            kept = session[FIELD] = secrets.token_hex(20)
        g.form_token = _signer(current_app.secret_key).dumps(kept)
    return g.form_token


def _sent() -> str:
    return request.form.get(FIELD) or request.headers.get(HEADER, "")


def age(longest: float) -> float:
    """Seconds since the page was made that this form came from; 0.0 if nothing says so."""
    try:
        _, made = _signer(current_app.secret_key).loads(
            request.form.get(FIELD, ""), max_age=longest, return_timestamp=True
        )
    except BadSignature:
        return 0.0
    return time.time() - made.timestamp()


@lru_cache(maxsize=8)
def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="wtf-csrf-token")
