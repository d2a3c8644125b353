"""The token of a form: that it was made for this browser, and when.

Flask-WTF's rules and its field, with a signer that is made once: making one for each page took
longer than everything that is signed with it.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping, MutableMapping
from typing import Any

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature

from survey.web.signing import signer

FIELD = "csrf_token"
#: For scripts that send something else than a form.
HEADER = "X-CSRF-Token"
PURPOSE = "form"
CHECKED = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class FormTokens(CSRFProtect):
    """Refuses every form without the token of its own browser, whatever the view."""

    def protect(self, apply_exemptions: bool = False) -> None:
        if request.method not in CHECKED or request.endpoint is None:
            return
        if apply_exemptions and self._is_exempt():
            return
        # First: reading the form refuses one that is too long.
        given = _sent()
        if reason := fault(session, given, current_app.secret_key):
            self._error_response(reason)
        g.csrf_valid = True


def install(app: Flask) -> None:
    FormTokens(app)
    # Flask-WTF offers its own by both ways.
    app.jinja_env.globals[FIELD] = form_token
    app.context_processor(lambda: {FIELD: form_token})


def form_token() -> str:
    """The token for the forms of this page."""
    if "form_token" not in g:
        g.form_token = made(session, current_app.secret_key)
    return g.form_token


def made(kept: MutableMapping[str, Any], secret: str) -> str:
    """A token for the browser with this cookie; its part of the token is laid into the cookie."""
    own = kept.get(FIELD)
    if own is None:
        own = kept[FIELD] = secrets.token_hex(20)
    return signer(secret, PURPOSE).sign(own).decode()


def fault(kept: Mapping[str, Any], given: str, secret: str) -> str:
    """Why a form's token is not good for this browser; empty if it is."""
    own = kept.get(FIELD)
    if own is None:
        return "this browser has no token"
    try:
        sent = signer(secret, PURPOSE).unsign(given)
    except BadSignature:
        return "the form's token is missing or not ours"
    return "" if hmac.compare_digest(own.encode(), sent) else "the form is another browser's"


def _sent() -> str:
    return request.form.get(FIELD) or request.headers.get(HEADER, "")


def age(longest: float) -> float:
    """Seconds since the page was made that this form came from; 0.0 if nothing says so."""
    try:
        _, at = signer(current_app.secret_key, PURPOSE).unsign(
            request.form.get(FIELD, ""), max_age=longest, return_timestamp=True
        )
    except BadSignature:
        return 0.0
    return time.time() - at.timestamp()
