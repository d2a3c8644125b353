"""What the cookie of a citizen remembers: the entry, the draft, at last the receipt."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b

from flask import redirect, session, url_for
from flask_wtf.csrf import generate_csrf

from survey.services.entry import Entry
from survey.services.submission import Sending, new_receipt_code
from survey.services.visit import Visitor
from survey.web.i18n import language
from survey.web.session import now
from survey.web.settings import code_key


def begin(entry: Entry) -> None:
    """Remember a case or desk; whatever this browser did for another one is forgotten.

    The receipt is laid ready: a second press of the button, or a reply lost on its way, then finds
    the receipt of the first.  The database learns of it with the answer.
    """
    _forget()
    # With the first cookie: no later page has to send another one for the form's token.
    generate_csrf()
    session["entry"] = [entry.kind, entry.id]
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
    )


def finish(code: str, outcome: str, *, synthetic: bool) -> None:
    """Keep only the receipt: the browser no longer leads to the case."""
    _forget()
    session["receipt"] = [code, outcome, synthetic]


def _forget() -> None:
    """All but the language and the token of this browser's forms."""
    kept = {name: session[name] for name in ("language", "csrf_token") if name in session}
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
