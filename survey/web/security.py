"""Headers, cookies and forms: what a browser is told to refuse."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import Flask, Response, abort, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from survey.web import tokens
from survey.web.signing import SignedJson

#: Pages that a shared computer must not show again.
PRIVATE_BLUEPRINTS = frozenset({"respond", "office"})
#: What a signature on the cookie is good for.
COOKIE = "cookie"
#: The longest form is one section with one open answer.
MAX_FORM_BYTES = 256 * 1024


class _Visits(SecureCookieSessionInterface):
    """A citizen's cookie is sent when it changes, not with every page."""

    def get_signing_serializer(self, app: Flask) -> SignedJson:
        return SignedJson(app.secret_key, COOKIE)

    def should_set_cookie(self, app, session) -> bool:
        if request.blueprint == "respond":
            return session.modified
        return super().should_set_cookie(app, session)


_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_ONLY_SECURE = (("Strict-Transport-Security", "max-age=31536000"),)
#: Of pages that a shared computer must not show again.
PRIVATE = "no-store"


def install(app: Flask) -> None:
    settings = app.extensions["settings"]
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        SESSION_COOKIE_NAME="cchc",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        # One token serves the whole visit: a page left open over lunch can still be sent.
        WTF_CSRF_TIME_LIMIT=None,
        # The referrer is withheld by our own policy; the token alone decides.
        WTF_CSRF_SSL_STRICT=False,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
    )
    app.session_interface = _Visits()
    # Before the token is looked for: looking reads the whole body.
    app.before_request(_allow_files)
    tokens.install(app)
    app.jinja_env.globals["csp_nonce"] = nonce
    app.before_request(_refuse_nul)
    app.after_request(_add_headers)


def trust_proxies(app: Flask) -> None:
    """Around everything: what a request says of itself is put right before anybody reads it."""
    n = app.extensions["settings"].trusted_proxies
    if n:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n, x_port=n)


def nonce() -> str:
    """This page's nonce, for a style or script that must stand in the page itself."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def _allow_files() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    largest = getattr(view, "largest_file", 0)
    if largest and (session.keys() & {"user_id", "entry"}):
        request.max_content_length = largest + MAX_FORM_BYTES


def _refuse_nul() -> None:
    """PostgreSQL stores no NUL, so no page has one in its address."""
    if "\0" in request.path:
        abort(404)


def _add_headers(response: Response) -> Response:
    view = current_app.view_functions.get(request.endpoint or "")
    framed, installed = getattr(view, "framed", False), getattr(view, "installed", False)
    told = headers(nonce(), secure=request.is_secure, framed=framed, installed=installed)
    response.headers.extend(each for each in told if each[0] not in response.headers)
    if request.blueprint in PRIVATE_BLUEPRINTS:
        response.headers["Cache-Control"] = PRIVATE
    elif request.endpoint != "static" and not _is_settled(response):
        # The same address shows the office more than the public, and two languages.
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _is_settled(response: Response) -> bool:
    """Whether the view has said itself how long its answer may be kept."""
    return bool(response.cache_control.no_store or response.cache_control.immutable)


def headers(
    nonce: str, *, secure: bool, framed: bool = False, installed: bool = False
) -> list[tuple[str, str]]:
    """What every page tells the browser to refuse; ``nonce`` of this page's own style.

    ``framed``: another page of ours shows this one within it.  ``installed``: the tablet app, whose
    forms place, take pictures, write their own styles and parse XPath with WebAssembly.
    """
    if installed:
        return _of_app(secure=secure)
    allowed, around = f"'self' 'nonce-{nonce}'", "'self'" if framed else "'none'"
    policy = (
        f"default-src 'self'; script-src {allowed}; style-src {allowed}; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {around}"
    )
    transport = _ONLY_SECURE if secure else ()
    return [*_HEADERS, ("Content-Security-Policy", policy), *transport]


def _of_app(*, secure: bool) -> list[tuple[str, str]]:
    policy = (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "font-src 'self' data:; connect-src 'self' data: blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    may = "camera=(self), geolocation=(self), microphone=(self), payment=(), usb=()"
    given = dict(_HEADERS) | {"Permissions-Policy": may, "Content-Security-Policy": policy}
    return [*given.items(), *(_ONLY_SECURE if secure else ())]
