"""What the cookie of a citizen remembers: the entry, the draft, at last the receipt."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from hashlib import blake2b

from flask import redirect, request, session, url_for

from survey.domain.calendar import local_day
from survey.domain.paradata import Visited, device_class
from survey.services.entry import Entry
from survey.services.submission import Sending, new_receipt_code
from survey.services.visit import Visitor
from survey.web import limits
from survey.web.i18n import language
from survey.web.session import now
from survey.web.settings import code_key
from survey.web.tokens import form_token


def begin(entry: Entry, how: str) -> None:
    """Remember a case or desk; whatever this browser did for another one is forgotten.

    The receipt is laid ready: a second press of the button, or a reply lost on its way, then finds
    the receipt of the first.  The database learns of it with the answer.  ``how`` it was opened:
    scan, typed or poster.
    """
    _forget()
    # With the first cookie: no later page has to send another one for the form's token.
    form_token()
    if "device" not in session:
        session["device"] = [local_day(now()).isoformat(), secrets.token_urlsafe(9)]
    session["entry"] = [entry.kind, entry.id]
    session["how"] = how
    session["promised"] = new_receipt_code()
    session["opened"] = int(now().timestamp())


def visitor() -> Visitor | None:
    """Whom this browser opened the form for; None if nothing was opened here."""
    kept = session.get("entry")
    return Visitor(kept[0], kept[1], session.get("draft", "")) if kept else None


def keep_draft(draft: str) -> None:
    """Remember which draft of a poster is this browser's; a case has only one."""
    if session["entry"][0] == "desk" and session.get("draft", "") != draft:
        session["draft"] = draft


def promised() -> str:
    """The receipt code laid ready for this visit."""
    if "promised" not in session:
        session["promised"] = new_receipt_code()
    return session["promised"]


def mark() -> str:
    """A name for this visit that tells nothing: what waits in the browser belongs to it."""
    return blake2b(promised().encode(), digest_size=6, person=b"visit").hexdigest()


def sending() -> Sending:
    """What comes with a form besides its answers."""
    opened = session.get("opened")
    return Sending(
        receipt_code=promised(),
        code_key=code_key(),
        language=language(),
        opened_at=datetime.fromtimestamp(opened, UTC) if opened else now(),
        now=now(),
        visited=visited(),
    )


def visited() -> Visited:
    """What paradata are made of; survey.domain.paradata says how little of it is kept."""
    _, device = session.get("device", ("", ""))
    return Visited(
        device_class=device_class(request.user_agent.string),
        entry=session.get("how", ""),
        device=device,
        network=limits.network(),
    )


def finish(code: str, outcome: str, *, synthetic: bool) -> None:
    """Keep only the receipt: the browser no longer leads to the case."""
    _forget()
    session["receipt"] = [code, outcome, synthetic]


def forget_receipt() -> None:
    """The answer behind it was withdrawn."""
    session.pop("receipt", None)


def _forget() -> None:
    """All but the language, the token of this browser's forms and, for a day, which browser."""
    names = ("language", "csrf_token", "device")
    kept = {name: session[name] for name in names if name in session}
    if kept.get("device", [""])[0] != local_day(now()).isoformat():
        kept.pop("device", None)
    session.clear()
    session.permanent = True
    session.update(kept)


def receipt() -> tuple[str, str, bool] | None:
    """Code, outcome and whether the wave is synthetic."""
    kept = session.get("receipt")
    return tuple(kept) if kept else None


def to_page(name: str | None):
    """A page of questions, or the last one before sending."""
    if name is None:
        return redirect(url_for("respond.review"), 303)
    return redirect(url_for("respond.section", name=name), 303)
