"""The ordinary submission, without detours: one form, no files, nothing that follows.

Nearly all that tablets send is this.  It is kept by the same statement as in the view, but without
the machinery around it, which takes longer than PostgreSQL does.  Whatever is not ordinary (files,
parts, chunks, a fault, other content under a known instanceID, a wrong address) goes on to the
view as it came.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import structlog
from flask import Flask, g
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from survey.errors import SurveyError
from survey.services.intake import enumerators, receiving
from survey.web import requests, security
from survey.web.i18n import DEFAULT, LANGUAGES
from survey.web.openrosa import wire
from survey.web.openrosa.submission import LARGE, received_words

log = structlog.get_logger(__name__)

_PLACE = re.compile(r"/odk/([\w-]{20,80})/submission\Z", re.ASCII)
_HOST = re.compile(r"[\w.-]{1,200}(?::[0-9]{1,5})?\Z", re.ASCII)
_KIND = re.compile(r'multipart/form-data; *boundary="?([\w.-]{1,70})"?\Z', re.ASCII)
_HEAD = re.compile(
    rb'content-disposition: *form-data; *name="xml_submission_file"(?: *;[^\r\n]*)?\Z',
    re.IGNORECASE,
)
#: Lines of a part's head that change nothing in how its bytes are read.
_HARMLESS = re.compile(rb"content-(?:type|length):[^\r\n]*\Z", re.IGNORECASE)
#: Stands where the receipt comes to stand.
_RECEIPT = "@@"
Environ = dict[str, Any]
Start = Callable[..., Any]


class Lane:
    """Stands before the application and lets through what it does not answer."""

    def __init__(self, app: Flask) -> None:
        self.inner = app.wsgi_app
        self.app = app
        self.database = app.extensions["database"]
        self.clock = app.extensions["clock"]
        self.code_key = app.extensions["settings"].code_key_bytes
        self._bodies: dict[str, tuple[str, str]] = {}

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        found = _PLACE.match(environ.get("PATH_INFO", ""))
        if found is None or environ["REQUEST_METHOD"] != "POST" or not _is_plain(environ):
            return self.inner(environ, start)
        started = time.perf_counter()
        xml = _only_part(environ)
        kept = None
        if xml is not None:
            try:
                kept = self._keep(found[1], xml)
            except SurveyError:
                kept = None
            except Exception:
                # The view meets the same fault and has words for it.
                log.exception("not answered in the lane")
        if kept is None:
            return self.inner(environ, start)
        requests.note("POST", "openrosa.submit", 201, started)
        return self._answer(environ, start, kept)

    def _keep(self, token: str, xml: bytes) -> str | None:
        """The receipt of a submission that is stored, now or before."""
        address = enumerators.address_digest(self.code_key, token)
        with self.database.visit(writes=True) as session:
            return receiving.receive_plain(
                session, address, xml, code_key=self.code_key, now=self.clock()
            )

    def _answer(self, environ: Environ, start: Start, receipt: str) -> Iterable[bytes]:
        language = _language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        before, after = self._body(language)
        body = f"{before}{receipt}{after}".encode()
        scheme = environ["wsgi.url_scheme"]
        place = f"{scheme}://{environ['HTTP_HOST']}{environ['PATH_INFO']}"
        start(
            "201 CREATED",
            [
                ("Content-Type", wire.XML),
                ("Content-Length", str(len(body))),
                ("Location", place),
                ("Cache-Control", "private, no-cache"),
                *wire.headers(language),
                *security.headers("", secure=scheme == "https"),
            ],
        )
        return (body,)

    def _body(self, language: str) -> tuple[str, str]:
        """What stands before and after the receipt."""
        if language not in self._bodies:
            with self.app.test_request_context():
                g.language = language
                text = wire.envelope("submit_success", escape(received_words(_RECEIPT)))
            before, _, after = text.partition(_RECEIPT)
            self._bodies[language] = before, after
        return self._bodies[language]


def _is_plain(environ: Environ) -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        length.isdigit()
        and int(length) <= LARGE
        and not environ.get("SCRIPT_NAME")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and "HTTP_CONTENT_ENCODING" not in environ
        and environ.get("HTTP_ACCEPT") != "application/json"
        and "lang=" not in environ.get("QUERY_STRING", "")
        and _HOST.match(environ.get("HTTP_HOST", "")) is not None
        and _KIND.match(environ.get("CONTENT_TYPE", "")) is not None
    )


def _only_part(environ: Environ) -> bytes | None:
    """The form of a body that is nothing but a form; the view finds the body again."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = BytesIO(body)
    line = b"--" + _KIND.match(environ["CONTENT_TYPE"])[1].encode()
    start, end = line + b"\r\n", b"\r\n" + line + b"--"
    if not body.startswith(start) or body.count(line) != 2:
        return None
    head, between, rest = body[len(start) :].partition(b"\r\n\r\n")
    xml, found, after = rest.partition(end)
    if not between or not found or after.strip():
        return None
    named, *others = sorted(head.split(b"\r\n"), key=lambda each: not _HEAD.match(each))
    return xml if _HEAD.match(named) and all(map(_HARMLESS.match, others)) else None


@lru_cache(maxsize=64)
def _language(accepted: str) -> str:
    known = parse_accept_header(accepted or None, LanguageAccept)
    return known.best_match(LANGUAGES, DEFAULT)
