"""Who may see a page.  Every view carries exactly one guard; a test looks."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, g, redirect, request, session, url_for

from survey.domain.roles import Role, may
from survey.services import accounts
from survey.services.accounts import UserView
from survey.services.intake import enumerators
from survey.web.settings import code_key

PUBLIC = "public"
#: Public, and answered without opening the database.
NO_DATABASE = "public, no database"

#: For the device behind a secret address; others get 403 (on 401 field clients ask for a password).
ADDRESS = "secret address"

#: Pages that somebody with a password to change may still open.
_ALLOWED_BEFORE_CHANGE = frozenset({"office.password", "office.change_password", "office.log_out"})


def public(view: Callable[..., Any]) -> Callable[..., Any]:
    """Anybody may."""
    view.guard = PUBLIC
    return view


def without_database(view: Callable[..., Any]) -> Callable[..., Any]:
    """Anybody may, and the page must answer even while the database does not."""
    view.guard = NO_DATABASE
    return view


def by_address(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only the device behind the ``token`` of the path; ``g.worker`` says whose it is."""

    @wraps(view)
    def run(token: str, **kwargs: Any) -> Any:
        g.worker = enumerators.worker(g.transaction, enumerators.address_digest(code_key(), token))
        if g.worker is None:
            abort(403)
        return view(token, **kwargs)

    run.guard = ADDRESS
    return run


def by_address_below(view: Callable[..., Any]) -> Callable[..., Any]:
    """The same, looked up by the service in the statement that stores what came."""
    view.guard = ADDRESS
    return view


def requires(role: Role, *others: Role) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Only accounts that hold one of the roles; others log in first, or get 403."""

    def guard(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def run(*args: Any, **kwargs: Any) -> Any:
            user = current_user()
            if user is None:
                return redirect(url_for("office.log_in", next=_here()), 303)
            if user.must_change and request.endpoint not in _ALLOWED_BEFORE_CHANGE:
                return redirect(url_for("office.password"), 303)
            if not any(may(user.role, each) for each in (role, *others)):
                abort(403)
            return view(*args, **kwargs)

        run.guard = role
        return run

    return guard


def own_unit(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only the account of a unit; ``g.unit_id`` says which, and nothing of an address can."""

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        g.unit_id = current_user().unit_id
        if g.unit_id is None:
            abort(403)
        return view(*args, **kwargs)

    return requires(Role.UNIT)(run)


def takes_files(largest: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A page that takes files of so many bytes, from who is logged in or has opened a form."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.largest_file = largest
        return view

    return mark


def framed(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page that another page of ours shows within it."""
    view.framed = True
    return view


def installed(view: Callable[..., Any]) -> Callable[..., Any]:
    """The page of an app on a device, which may do more than a page."""
    view.installed = True
    return view


def current_user() -> UserView | None:
    """Whoever is logged in; a changed password ends older sessions."""
    if "user" not in g:
        g.user = None
        user_id = session.get("user_id")
        found = accounts.get(g.transaction, user_id) if user_id is not None else None
        if found and hmac.compare_digest(found.session_key, session.get("session_key", "")):
            g.user = found
    return g.user


def log_in(user: UserView) -> None:
    """Start a session of the office; nothing of an earlier session is carried over."""
    language = session.get("language")
    session.clear()
    session["user_id"], session["session_key"] = user.id, user.session_key
    if language:
        session["language"] = language
    g.user = user


def log_out() -> None:
    session.clear()
    g.user = None


def _here() -> str | None:
    """The page to come back to after logging in, if it can be asked for again."""
    return request.path if request.method == "GET" else None
