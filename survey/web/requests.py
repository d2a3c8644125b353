"""One log line a request: which page, how long, what came of it.  Never a code or an answer."""

from __future__ import annotations

import logging
import secrets
import time

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger("survey.request")


#: Asked before a line is put together.
_plain = logging.getLogger("survey.request")


def install(app: Flask) -> None:
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=secrets.token_hex(8))


def _finish(response: Response) -> Response:
    if request.endpoint not in ("static", "health.alive", "health.ready"):
        started = g.get("started", time.perf_counter())
        note(request.method, request.endpoint, response.status_code, started)
    return response


def note(method: str, endpoint: str | None, status: int, started: float) -> None:
    """Log one request.  The endpoint, not the path: a one-time link is a secret."""
    if _plain.isEnabledFor(logging.INFO):
        ms = round(1000 * (time.perf_counter() - started), 1)
        log.info("request", method=method, endpoint=endpoint, status=status, ms=ms)
