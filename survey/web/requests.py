"""One log line a request: which page, how long, what came of it.  Never a code or an answer."""

from __future__ import annotations

import logging
import secrets
import time

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger("survey.request")


def install(app: Flask) -> None:
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=secrets.token_hex(8))


def _finish(response: Response) -> Response:
    if log.is_enabled_for(logging.INFO) and request.endpoint not in ("static", "health.alive", "health.ready"):
        # The endpoint, not the path: a one-time link is a secret.
        log.info(
            "request",
            method=request.method,
            endpoint=request.endpoint,
            status=response.status_code,
            ms=round(1000 * (time.perf_counter() - g.get("started", time.perf_counter())), 1),
        )
    return response
