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

READS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Wrap every view registered so far.  Call it after the blueprints."""
    database = app.extensions["database"]

    def within_transaction(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def run(*args: Any, **kwargs: Any) -> Any:
            open_session = database.read if request.method in READS else database.write
            with open_session() as g.transaction:
                return view(*args, **kwargs)

        return run

    for endpoint, view in app.view_functions.items():
        if getattr(view, "guard", None) != NO_DATABASE:
            app.view_functions[endpoint] = within_transaction(view)
