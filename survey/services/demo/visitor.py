"""A citizen's browser, as small as can be: one connection, cookies, forms by HTTP."""

from __future__ import annotations

import re
import time
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
REDIRECTS = (301, 302, 303, 307, 308)


class UnexpectedPage(RuntimeError):
    """The server answered something that a citizen should not meet."""


def wait_for(url: str, *, seconds: float = 60.0) -> None:
    """Wait until a server answers.  Raises UnexpectedPage if none does in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with Visitor(url) as browser:
                if browser.get("/healthz")[0] == 200:
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise UnexpectedPage(f"no server answers at {url}")
        time.sleep(0.2)


class Visitor:
    """Keeps cookies and the form token; every method returns (status, place it was sent to)."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname, parts.port or 80, timeout=60)
        self._cookies: dict[str, str] = {}
        self.token = ""
        self.body = ""

    def __enter__(self) -> Visitor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._connection.close()

    def get(self, path: str) -> tuple[int, str]:
        return self._send("GET", path, None)

    def post(self, path: str, fields: dict[str, Any]) -> tuple[int, str]:
        pairs = urlencode({"csrf_token": self.token, **fields}, doseq=True)
        return self._send("POST", path, pairs)

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._connection.request(method, path, body, headers)
            reply = self._connection.getresponse()
        except (HTTPException, ConnectionError):
            # The server closed an idle connection: once more on a new one.
            self._connection.close()
            self._connection.request(method, path, body, headers)
            reply = self._connection.getresponse()
        self.body = reply.read().decode()
        for line in reply.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        token = _TOKEN.search(self.body)
        if token:
            self.token = token.group(1)
        place = reply.headers.get("Location", "") if reply.status in REDIRECTS else ""
        return reply.status, urlsplit(place).path
