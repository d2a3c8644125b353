"""What the cookie of a citizen remembers: the entry, the draft, at last the receipt."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

from flask import current_app, g, redirect, request, session, url_for

from survey.domain.calendar import local_day
from survey.domain.codes import code_digest
from survey.domain.paradata import Visited, device_class
from survey.services.entry import Entry
from survey.services.submission import Sending, new_receipt_code
from survey.services.visit import Visitor
from survey.web import limits, security, tokens
from survey.web.i18n import language
from survey.web.packing import takes_gzip
from survey.web.session import now
from survey.web.settings import code_key

#: What a cookie keeps from one visit to the next: the language, the token of this browser's forms
#: and, for a day, which browser it is.
_LASTING = ("language", tokens.FIELD, "device")


@dataclass(kw_only=True)
class Browser:
    """Who asks for a page, and what with.  ``kept`` is the cookie; ``address`` the network's."""

    kept: MutableMapping[str, Any]
    path: str
    language: str
    agent: str
    address: str | None
    #: Whether it reads gzip.
    gzip: bool
    now: datetime
    secret: str
    code_key: bytes

    @cached_property
    def token(self) -> str:
        """The token for the forms of this page."""
        return tokens.made(self.kept, self.secret)

    @cached_property
    def nonce(self) -> str:
        """This page's nonce, for a style or script that must stand in the page itself."""
        return secrets.token_urlsafe(16)

    def enter(self, entry: Entry, how: str) -> None:
        """Remember a case or desk; whatever this browser did for another one is forgotten.

        The receipt is laid ready: a second press of the button, or a reply lost on its way, then
        finds the receipt of the first.  The database learns of it with the answer.  ``how`` it was
        opened: scan, typed or poster.
        """
        self._forget()
        kept = self.kept
        # With the first cookie: no later page has to send another one for the form's token.
        _ = self.token
        if "device" not in kept:
            kept["device"] = [local_day(self.now).isoformat(), secrets.token_urlsafe(9)]
        kept["entry"] = [entry.kind, entry.id]
        kept["how"] = how
        kept["promised"] = new_receipt_code()
        kept["opened"] = int(self.now.timestamp())

    def visitor(self) -> Visitor | None:
        """Whom this browser opened the form for; None if nothing was opened here."""
        entry = self.kept.get("entry")
        return Visitor(entry[0], entry[1], self._draft()) if entry else None

    def _draft(self) -> str:
        """The draft that is this browser's, or the name of the one that it would begin.

        It follows from the visit, so that what hangs on it (the order of options, which units an
        evaluator is asked about) stays the same before and after the first page is sent.
        """
        named = code_digest(self.code_key, f"draft {self.promised()}")[:16].hex()
        return self.kept.get("draft") or named

    def keep_draft(self, draft: str) -> None:
        """Remember which draft of a poster is this browser's; a case has only one."""
        if self.kept["entry"][0] == "desk" and self.kept.get("draft", "") != draft:
            self.kept["draft"] = draft

    def promised(self) -> str:
        """The receipt code laid ready for this visit."""
        code = self.kept.get("promised")
        if code is None:
            code = self.kept["promised"] = new_receipt_code()
        return code

    def mark(self) -> str:
        """A name for this visit that tells nothing: what waits in the browser belongs to it."""
        return blake2b(self.promised().encode(), digest_size=6, person=b"visit").hexdigest()

    def sending(self) -> Sending:
        """What comes with a form besides its answers."""
        opened = self.kept.get("opened")
        return Sending(
            receipt_code=self.promised(),
            code_key=self.code_key,
            language=self.language,
            opened_at=datetime.fromtimestamp(opened, UTC) if opened else self.now,
            now=self.now,
            visited=self.visited(),
        )

    def visited(self) -> Visited:
        """What paradata are made of; survey.domain.paradata says how little of it is kept."""
        _, device = self.kept.get("device", ("", ""))
        return Visited(
            device_class=device_class(self.agent),
            entry=self.kept.get("how", ""),
            device=device,
            network=limits.network_of(self.address),
        )

    def finish(self, code: str, outcome: str, *, synthetic: bool) -> None:
        """Keep only the receipt: the browser no longer leads to the case."""
        self._forget()
        self.kept["receipt"] = [code, outcome, synthetic]

    def receipt(self) -> tuple[str, str, bool] | None:
        """Code, outcome and whether the wave is synthetic."""
        kept = self.kept.get("receipt")
        return tuple(kept) if kept else None

    def forget_receipt(self) -> None:
        """The answer behind it was withdrawn."""
        self.kept.pop("receipt", None)

    def _forget(self) -> None:
        kept = {name: self.kept[name] for name in _LASTING if name in self.kept}
        if kept.get("device", [""])[0] != local_day(self.now).isoformat():
            kept.pop("device", None)
        self.kept.clear()
        # As long as Flask's PERMANENT_SESSION_LIFETIME says, not until the browser is closed.
        self.kept["_permanent"] = True
        self.kept.update(kept)


def browser() -> Browser:
    """Who asks for this page of Flask's."""
    if "browser" not in g:
        g.browser = Browser(
            kept=session,
            path=request.path,
            language=language(),
            agent=request.user_agent.string,
            address=request.remote_addr,
            gzip=takes_gzip(request.headers.get("Accept-Encoding", "")),
            now=now(),
            secret=current_app.secret_key,
            code_key=code_key(),
        )
        # The page's head says the same nonce as the page.
        g.browser.nonce = security.nonce()
    return g.browser


def place(name: str | None) -> str:
    """Where a page of questions is, or the last one before sending."""
    return url_for("respond.review") if name is None else url_for("respond.section", name=name)


def to_page(name: str | None):
    return redirect(place(name), 303)


def opened(kept: Mapping[str, Any]) -> str:
    """Which kind of form a cookie leads to: case, desk, or nothing."""
    return kept.get("entry", ("",))[0]
