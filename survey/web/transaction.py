"""One request, one transaction: the only place in the web that commits.

A view that returns, whatever the status, is kept; a view that raises is undone.  So an expected
refusal is returned and a broken promise is raised.  A GET reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, g, request

from survey.web.guards import NO_DATABASE

View = Callable[..., Any]
READS = frozenset({"GET", "HEAD", "OPTIONS"})


def at_once(unless: Callable[[], bool] = lambda: False) -> Callable[[View], View]:
    """A page of a citizen's visit: whatever it writes is one statement, its own transaction."""

    def mark(view: View) -> View:
        view.at_once = lambda: not unless()
        return view

    return mark


def install(app: Flask) -> None:
    """Wrap every view registered so far.  Call it after the blueprints."""
    database = app.extensions["database"]

    def within_transaction(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def run(*args: Any, **kwargs: Any) -> Any:
            writes = request.method not in READS
            at_once = getattr(view, "at_once", None)
            if at_once is not None and at_once():
                opened = database.visit(writes=writes)
            else:
                opened = database.write() if writes else database.read()
            with opened as g.transaction:
                return view(*args, **kwargs)

        return run

    for endpoint, view in app.view_functions.items():
        if getattr(view, "guard", None) != NO_DATABASE:
            app.view_functions[endpoint] = within_transaction(view)
