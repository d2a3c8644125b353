"""Structured logs: one JSON line an event, without answers, codes or contacts."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Send our own events and the libraries' to standard error, in one shape."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # One warning for each queued request would bury everything else.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    for noisy in ("huey", "alembic", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
