"""A field client on a socket of its own: multipart as OkHttp writes it, slow lines, cuts."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

BOUNDARY = "6c8e8e0a-44f4-4d9a-9a4c-0f7b6a3a2d11"
STEP = 65_536


@dataclass(frozen=True)
class Told:
    status: int
    body: bytes
    head: Mapping[str, str]


@dataclass
class Line:
    """To one server, at so many bytes a second; counts what was sent."""

    url: str
    place: str
    rate: float = 0.0
    n_sent: int = 0

    def submit(
        self,
        xml: bytes,
        files: Mapping[str, bytes],
        *,
        more: bool = False,
        chunked: bool = False,
        cut_after: int = 0,
    ) -> Told | None:
        """POST a submission; None: the line was cut after that many bytes."""
        body = multipart(xml, files, more=more)
        length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
        head = self._head("POST", self.place, length)
        with self._connected() as line:
            line.sendall(head)
            for piece in _pieces(body, chunked=chunked):
                if cut_after and self.n_sent >= cut_after:
                    return None
                self._send(line, piece)
            return _reply(line)

    def ask(self, method: str, place: str) -> Told:
        with self._connected() as line:
            line.sendall(self._head(method, place, "Content-Length: 0"))
            return _reply(line, method)

    def held(self, instance_id: str) -> list[str] | None:
        """Files that the server has already; None: it does not know the submission."""
        told = json.loads(self.ask("GET", f"{self.place}/{instance_id}").body)
        return told["files"] if told["held"] else None

    def _head(self, method: str, place: str, length: str) -> bytes:
        lines = [
            f"{method} {place}?deviceID=collect%3Ax HTTP/1.1",
            f"Host: {urlsplit(self.url).netloc}",
            "X-OpenRosa-Version: 1.0",
            "Date: Mon, 23 Nov 2026 01:11:55 GMT",
            "User-Agent: org.odk.collect.android/v2026.2.1 Dalvik/2.1.0",
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
            "Connection: close",
            length,
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def _connected(self) -> socket.socket:
        parts = urlsplit(self.url)
        return socket.create_connection((parts.hostname, parts.port), timeout=60)

    def _send(self, line: socket.socket, piece: bytes) -> None:
        line.sendall(piece)
        self.n_sent += len(piece)
        if self.rate:
            time.sleep(len(piece) / self.rate)


def multipart(xml: bytes, files: Mapping[str, bytes], *, more: bool = False) -> bytes:
    """The body that Collect sends: each part with its name, type and length."""
    parts = [("xml_submission_file", "s.xml", "text/xml; charset=utf-8", xml)]
    parts += [(name, name, "image/jpeg", content) for name, content in files.items()]
    body = bytearray()
    for name, file_name, kind, content in parts:
        body += (
            f"--{BOUNDARY}\r\n"
            f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
            f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        ).encode()
        body += content + b"\r\n"
    if more:
        field = b'Content-Disposition: form-data; name="*isIncomplete*"\r\n\r\nyes\r\n'
        body += f"--{BOUNDARY}\r\n".encode() + field
    return bytes(body + f"--{BOUNDARY}--\r\n".encode())


def _pieces(body: bytes, *, chunked: bool) -> Iterator[bytes]:
    for start in range(0, len(body), STEP):
        piece = body[start : start + STEP]
        yield b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece
    if chunked:
        yield b"0\r\n\r\n"


def _reply(line: socket.socket, method: str = "POST") -> Told:
    reply = HTTPResponse(line, method=method)
    reply.begin()
    return Told(reply.status, reply.read(), {k.lower(): v for k, v in reply.getheaders()})


def at_once(n: int, send: Callable[[int], Any]) -> list:
    """``send(i)`` from ``n`` threads that start together."""
    gate, replies = threading.Barrier(n), [None] * n

    def one(i: int) -> None:
        gate.wait()
        replies[i] = send(i)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies
