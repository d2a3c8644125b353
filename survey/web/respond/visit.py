"""What the cookie of a citizen remembers: the entry, the draft, at last the receipt."""

from __future__ import annotations

from flask import redirect, session, url_for

from survey.services.entry import Entry, Refusal, reopen
from survey.web.session import current, now


def begin(entry: Entry) -> None:
    """Remember a case or desk; whatever this browser did for another one is forgotten."""
    language = session.get("language")
    session.clear()
    session.permanent = True
    if language:
        session["language"] = language
    session["entry"] = [entry.kind, entry.id]
    if entry.draft_id:
        session["draft"] = entry.draft_id


def entry() -> Entry | Refusal | None:
    """The entry this browser opened, as it stands now; None if there is none."""
    kept = session.get("entry")
    return reopen(current(), kept[0], kept[1], now=now()) if kept else None


def draft_id() -> str:
    return session.get("draft", "")


def keep_draft(draft: str | None) -> None:
    session["draft"] = draft or ""


def promise(code: str) -> None:
    """Lay the receipt ready before sending: a second press of the button, or a reply lost on its
    way, then finds the receipt of the first.  The database learns of it with the answer."""
    kept = session.get("promised")
    if not kept or kept[0] != draft_id():
        session["promised"] = [draft_id(), code]


def promised() -> str | None:
    """The receipt code laid ready for this draft."""
    kept = session.get("promised")
    return kept[1] if kept and kept[0] == draft_id() else None


def finish(code: str, outcome: str, *, synthetic: bool) -> None:
    """Keep only the receipt: the browser no longer leads to the case."""
    language = session.get("language")
    session.clear()
    session.permanent = True
    if language:
        session["language"] = language
    session["receipt"] = [code, outcome, synthetic]


def receipt() -> tuple[str, str, bool] | None:
    """Code, outcome and whether the wave is synthetic."""
    kept = session.get("receipt")
    return tuple(kept) if kept else None


def to_section(section: str | None):
    """The page of a section, or the last one before sending."""
    if section is None:
        return redirect(url_for("respond.review"), 303)
    return redirect(url_for("respond.section", name=section), 303)
