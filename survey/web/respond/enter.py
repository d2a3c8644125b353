"""Opening: a scanned link, a typed code, and what is said when it does not open."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.services import entry
from survey.services.entry import Entry, Refusal
from survey.web import guards, limits
from survey.web.respond import bp, visit
from survey.web.session import current, now
from survey.web.settings import code_key

STATUS = {
    "mistyped": 404,
    "unknown": 404,
    "revoked": 410,
    "spent": 409,
    "closed": 410,
    "not_open_yet": 403,
}
#: Refusals that somebody who guesses codes would meet.
GUESSES = frozenset({"mistyped", "unknown", "revoked"})


@bp.get("/p/<code>")
@bp.get("/P/<code>")
@guards.public
@limits.code
def one_time_link(code: str):
    return _opened(entry.open_case(current(), code, code_key=code_key(), now=now()), code, "scan")


@bp.get("/q/<code>")
@bp.get("/Q/<code>")
@guards.public
@limits.code
def desk_link(code: str):
    return _opened(entry.open_desk(current(), code, now=now()), code, "poster")


@bp.post("/ma")
@guards.public
@limits.code
def typed_code():
    typed = request.form.get("code", "")[:200]
    return _opened(
        entry.open_case(current(), typed, code_key=code_key(), now=now()), typed, "typed"
    )


def refused(refusal: Refusal, typed: str = ""):
    """The page of a refusal, each with its own words and status."""
    page = render_template("respond/refused.html", refusal=refusal, typed=typed)
    return page, STATUS.get(refusal.reason, 400)


def _opened(found: Entry | Refusal, typed: str, how: str):
    if isinstance(found, Refusal):
        if found.reason in GUESSES:
            limits.failed()
        return refused(found, typed)
    visit.browser().enter(found, how)
    return redirect(url_for("respond.consent"), 303)
