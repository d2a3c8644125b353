"""Many phones at once, from one process: as little work as can be for each request.

A walk is a generator.  It yields the bytes of a request and is sent the reply: (status, head,
body).  Each phone has one connection, kept open.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Reply = tuple[int, bytes, bytes]
Walk = Generator[bytes, Reply, None]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
_PLACE = re.compile(rb"\r\nlocation: *(?:https?://[^/]+)?([^\r]*)", re.IGNORECASE)
_PACKED = re.compile(rb"\r\ncontent-encoding: *gzip", re.IGNORECASE)
_TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')


@dataclass
class Measured:
    """``latencies`` in seconds, one a request; ``walks`` that came to their end."""

    seconds: float = 0.0
    walks: int = 0
    failed: int = 0
    latencies: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Phone:
    """Cookies and the form's token of one visitor."""

    def __init__(self, host: str, cookie: str = "") -> None:
        self.cookie, self.token = cookie.encode(), b""
        self.around = f"Host: {host}\r\nAccept-Encoding: gzip\r\n".encode()

    def get(self, path: str) -> bytes:
        return b"GET %s HTTP/1.1\r\n%sCookie: %s\r\n\r\n" % (
            path.encode(),
            self.around,
            self.cookie,
        )

    def post(self, path: str, body: bytes) -> bytes:
        whole = b"csrf_token=" + self.token + b"&" + body
        return (
            b"POST %s HTTP/1.1\r\n%sCookie: %s\r\nContent-Length: %d\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n%s"
        ) % (path.encode(), self.around, self.cookie, len(whole), whole)

    def saw(self, reply: Reply) -> str:
        """Keep cookie and token of a reply; the place it sends to."""
        _status, head, body = reply
        if cookie := _COOKIE.search(head):
            self.cookie = cookie[1]
        if _PACKED.search(head):
            body = zlib.decompress(body, 31)
        if token := _TOKEN.search(body):
            self.token = token[1]
        place = _PLACE.search(head)
        return place[1].decode() if place else ""


class _Line:
    """One connection and the walk that goes over it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.socket: socket.socket | None = None
        self.walk: Walk | None = None
        self.wanted = b""
        self.got = b""
        self.since = 0.0


def run(url: str, walks: Iterator[Walk], *, phones: int, seconds: float) -> Measured:
    """Let ``phones`` visitors walk at once, one after another, for a time."""
    parts = urlsplit(url)
    measured, watch = Measured(), selectors.DefaultSelector()
    lines = [_Line((parts.hostname, parts.port)) for _ in range(phones)]
    begun = time.perf_counter()
    end = begun + seconds
    for line in lines:
        _next_walk(line, walks, watch)
    while time.perf_counter() < end and any(line.walk for line in lines):
        for key, _ in watch.select(timeout=0.2):
            _hear(key.data, walks, watch, measured)
    measured.seconds = time.perf_counter() - begun
    for line in lines:
        _hang_up(line, watch)
    return measured


def _next_walk(line: _Line, walks: Iterator[Walk], watch: selectors.BaseSelector) -> None:
    line.walk = next(walks, None)
    if line.walk is not None:
        _ask(line, next(line.walk), watch)


def _ask(line: _Line, request: bytes, watch: selectors.BaseSelector) -> None:
    if line.socket is None:
        line.socket = socket.create_connection(line.address)
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watch.register(line.socket, selectors.EVENT_READ, line)
    line.wanted, line.got, line.since = request, b"", time.perf_counter()
    line.socket.sendall(request)


def _hear(line: _Line, walks: Iterator[Walk], watch, measured: Measured) -> None:
    try:
        came = line.socket.recv(262_144)
    except ConnectionError:
        came = b""
    if not came:
        _hang_up(line, watch)
        if line.got:
            measured.failed += 1
            _next_walk(line, walks, watch)
        else:
            _ask(line, line.wanted, watch)  # an idle connection was closed
        return
    line.got += came
    reply = _whole(line.got)
    if reply is None:
        return
    measured.latencies.append(time.perf_counter() - line.since)
    try:
        _ask(line, line.walk.send(reply), watch)
    except StopIteration:
        measured.walks += 1
        _next_walk(line, walks, watch)
    except UnexpectedReply:
        measured.failed += 1
        _next_walk(line, walks, watch)


class UnexpectedReply(RuntimeError):
    """A walk met something else than it should."""


def _whole(data: bytes) -> Reply | None:
    head, between, body = data.partition(b"\r\n\r\n")
    if not between:
        return None
    length = _LENGTH.search(head)
    status = int(head[9:12])
    if length:
        return (status, head, body) if len(body) >= int(length[1]) else None
    if b"chunked" not in head.lower():
        return status, head, body
    return (status, head, _joined(body)) if body.endswith(b"0\r\n\r\n") else None


def _joined(body: bytes) -> bytes:
    out = []
    while body:
        size, _, body = body.partition(b"\r\n")
        n = int(size, 16)
        out.append(body[:n])
        body = body[n + 2 :]
    return b"".join(out)


def _hang_up(line: _Line, watch: selectors.BaseSelector) -> None:
    if line.socket is not None:
        watch.unregister(line.socket)
        line.socket.close()
        line.socket = None
