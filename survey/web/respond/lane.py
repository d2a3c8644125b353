"""The ordinary walk of somebody with a one-time code, without detours.

Nearly all requests of a wave are these: look at a page of questions, send it, see the receipt.
They are answered here from the same services, pages and rules as in Flask's views, but without the
machinery around those, which takes longer than the work itself.  Whatever is not ordinary (no
cookie, a poster, another language, a fault, a refusal, a page never shown before) goes on to the
views as it came; they know every case and decide as if nobody had looked before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import structlog
from flask import Flask
from itsdangerous import BadSignature
from werkzeug.http import dump_cookie

from survey.errors import SurveyError
from survey.services import respond
from survey.services.respond import Next, Page
from survey.services.submission import Receipt
from survey.web import requests, security, tokens
from survey.web.i18n import DEFAULT, LANGUAGES
from survey.web.packing import takes_gzip
from survey.web.respond import compiled
from survey.web.respond.shelf import Filled, NotReady
from survey.web.respond.visit import Browser, opened
from survey.web.signing import SignedJson

log = structlog.get_logger(__name__)

HOME = "/phieu"
SENT = "/phieu/xong"
#: The page after the last question: nothing but the button that sends all.
LAST = "gui"
_FORM = "application/x-www-form-urlencoded"
Environ = dict[str, Any]
Start = Callable[..., Any]


class NotOrdinary(Exception):
    """This request is for the views."""


@dataclass(slots=True)
class Answer:
    status: str
    body: bytes
    head: list[tuple[str, str]] = field(default_factory=list)


class Lane:
    """Stands before Flask's own application and lets through what it does not answer."""

    def __init__(self, app: Flask) -> None:
        self.inner = app.wsgi_app
        self.database = app.extensions["database"]
        self.clock = app.extensions["clock"]
        self.code_key = app.extensions["settings"].code_key_bytes
        self.app = app

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if not path.startswith(HOME) or method not in _ROADS:
            return self.inner(environ, start)
        started = time.perf_counter()
        try:
            browser = self._browser(environ, path)
            answer = _ROADS[method](self, browser, environ)
        except (NotOrdinary, NotReady, SurveyError):
            return self.inner(environ, start)
        except Exception:
            # The views meet the same fault and have a page for it.
            log.exception("not answered in the lane")
            return self.inner(environ, start)
        endpoint = _ENDPOINTS.get((method, path), _OTHERS[method])
        requests.note(method, endpoint, int(answer.status[:3]), started)
        secure = environ.get("wsgi.url_scheme") == "https"
        start(
            answer.status,
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(answer.body))),
                ("Vary", "Accept-Encoding, Cookie"),
                ("Cache-Control", security.PRIVATE),
                *answer.head,
                *security.headers(browser.nonce, secure=secure),
            ],
        )
        return (answer.body,)

    def _browser(self, environ: Environ, path: str) -> Browser:
        if environ.get("QUERY_STRING") or environ.get("SCRIPT_NAME"):
            raise NotOrdinary
        kept = self._kept(environ.get("HTTP_COOKIE", ""))
        language = kept.get("language")
        return Browser(
            kept=kept,
            path=path,
            language=language if language in LANGUAGES else DEFAULT,
            agent=environ.get("HTTP_USER_AGENT", ""),
            address=environ.get("REMOTE_ADDR"),
            gzip=takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")),
            now=self.clock(),
            secret=self.app.secret_key,
            code_key=self.code_key,
        )

    def _kept(self, cookies: str) -> dict[str, Any]:
        name = f"{self.app.config['SESSION_COOKIE_NAME']}="
        found = [each for each in cookies.split("; ") if each.startswith(name)]
        if len(found) != 1:
            raise NotOrdinary
        longest = self.app.permanent_session_lifetime.total_seconds()
        try:
            kept = SignedJson(self.app.secret_key, security.COOKIE).loads(
                found[0][len(name) :], max_age=longest
            )
        except BadSignature:
            raise NotOrdinary from None
        if tokens.FIELD not in kept:
            raise NotOrdinary
        return kept

    def _look(self, browser: Browser, _environ: Environ) -> Answer:
        if browser.path == SENT:
            kept = browser.receipt()
            if kept is None:
                raise NotOrdinary
            return _page(compiled.thanks(browser, *kept[:2], synthetic=kept[2]))
        name = _name(browser)
        if name == LAST:
            raise NotOrdinary
        with self.database.visit(writes=False) as session:
            page = respond.page(session, browser.visitor(), name, now=browser.now)
            if not isinstance(page, Page):
                raise NotOrdinary
            if name is None:
                return _page(compiled.consent(page, browser))
            if page.name != name or page.entry.draft_id is None:
                raise NotOrdinary
            return _page(compiled.section(page, browser))

    def _take(self, browser: Browser, environ: Environ) -> Answer:
        name, form = _name(browser), _form(environ)
        if tokens.fault(browser.kept, form.get(tokens.FIELD, [""])[0], browser.secret):
            raise NotOrdinary
        agreed = name is None
        if agreed:
            name = form.get("page", [None])[0]
            if form.get("consent") != ["dong_y"]:
                raise NotOrdinary
        who, sending = browser.visitor(), browser.sending()
        with self.database.visit(writes=True) as session:
            if name is None:
                made = respond.start(session, who, language=browser.language, now=browser.now)
            elif name == LAST:
                made = respond.submit(session, who, sending=sending)
            else:
                made = respond.receive(session, who, name, form, agreed=agreed, sending=sending)
        if isinstance(made, Receipt):
            browser.finish(made.code, made.outcome, synthetic=made.synthetic)
            return _sent_to(SENT, self._cookie(browser))
        if isinstance(made, Next):
            return _sent_to(f"{HOME}/{made.page or LAST}")
        raise NotOrdinary

    def _cookie(self, browser: Browser) -> tuple[str, str]:
        config, lifetime = self.app.config, self.app.permanent_session_lifetime
        value = dump_cookie(
            config["SESSION_COOKIE_NAME"],
            SignedJson(self.app.secret_key, security.COOKIE).dumps(browser.kept),
            expires=browser.now + timedelta(seconds=lifetime.total_seconds()),
            httponly=config["SESSION_COOKIE_HTTPONLY"],
            secure=config["SESSION_COOKIE_SECURE"],
            samesite=config["SESSION_COOKIE_SAMESITE"],
        )
        return ("Set-Cookie", value)


_ROADS = {"GET": Lane._look, "POST": Lane._take}
_ENDPOINTS = {
    ("GET", HOME): "respond.consent",
    ("GET", SENT): "respond.thanks",
    ("POST", HOME): "respond.decide",
    ("POST", f"{HOME}/{LAST}"): "respond.submit",
}
_OTHERS = {"GET": "respond.section", "POST": "respond.send_section"}


def _name(browser: Browser) -> str | None:
    """The page of questions that is meant; None: the first page, before consent."""
    if opened(browser.kept) != "case" or "promised" not in browser.kept:
        raise NotOrdinary
    if browser.path == HOME:
        return None
    before, _, name = browser.path.rpartition("/")
    if before != HOME or not name:
        raise NotOrdinary
    return name


def _form(environ: Environ) -> dict[str, list[str]]:
    """What was sent; the views find it again if they are to answer."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("CONTENT_TYPE") != _FORM or not length.isdigit():
        raise NotOrdinary
    if int(length) > security.MAX_FORM_BYTES:
        raise NotOrdinary
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return parse_qs(body.decode(errors="replace"), keep_blank_values=True)


def _page(filled: Filled) -> Answer:
    return Answer("200 OK", filled.body, [("Content-Encoding", "gzip")] if filled.gzip else [])


def _sent_to(place: str, *more: tuple[str, str]) -> Answer:
    return Answer("303 SEE OTHER", b"", [("Location", place), *more])
