"""One request, one transaction: the only place in the web that commits.

A view that returns is kept; a view that raises is undone.  So is a page of the office, of a unit or
of an enumerator that answers 422: what was refused has done nothing, not even its first half.  What
devices send stays under any status: it may be in quarantine.  A GET reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, g, request

from survey.domain.roles import Role
from survey.web.guards import NO_DATABASE

View = Callable[..., Any]
READS = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED = 422


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
        by_role = isinstance(getattr(view, "guard", None), Role)

        @wraps(view)
        def run(*args: Any, **kwargs: Any) -> Any:
            writes = request.method not in READS
            at_once = getattr(view, "at_once", None)
            if at_once is not None and at_once():
                opened = database.visit(writes=writes)
            else:
                opened = database.write() if writes else database.read()
            with opened as g.transaction:
                reply = app.make_response(view(*args, **kwargs))
                if by_role and reply.status_code == REFUSED:
                    g.transaction.rollback()
                return reply

        return run

    for endpoint, view in app.view_functions.items():
        if getattr(view, "guard", None) != NO_DATABASE:
            app.view_functions[endpoint] = within_transaction(view)
