"""A line between a device and the server on which a third of the requests goes wrong."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: What may happen to one request in three.
FAULTS = ("lost on the way", "answer lost", "late", "twice")
SECONDS_LATE = 1.5


class BadLine(ThreadingHTTPServer):
    """``bad`` switches the faults on; ``seen`` counts what happened."""

    daemon_threads = True

    def __init__(self, url: str, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(url)
        self.bad = False
        self.random = random.Random(seed)
        self.seen: Counter[str] = Counter()
        #: Text that is changed in the app's own files, as a release would change it.
        self.released: tuple[str, str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fault(self) -> str:
        wrong = self.bad and self.random.random() < 1 / 3
        found = self.random.choice(FAULTS) if wrong else "fine"
        if self.bad:
            self.seen[found] += 1
        return found

    def handle_error(self, request, client_address) -> None:
        """A device that was killed leaves broken lines; that is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BadLine

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.fault()
        if fault == "lost on the way":
            return self._hang_up()
        if fault == "late":
            time.sleep(SECONDS_LATE)
        if fault == "twice":
            self._ask(body)
        status, head, content = self._ask(body)
        if fault == "answer lost":
            return self._hang_up()
        if self.server.released and "/app/" in self.path:
            before, after = self.server.released
            content = content.replace(before.encode(), after.encode())
        self.send_response_only(status)
        for name, value in head:
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        return None

    do_GET = do_POST = do_HEAD = _pass  # noqa: N815 (names that the library looks for)

    def _ask(self, body: bytes):
        line = HTTPConnection(self.server.behind.hostname, self.server.behind.port, timeout=60)
        try:
            head = dict(self.headers.items())
            if self.server.released:
                head.pop("Accept-Encoding", None)
            line.request(self.command, self.path, body, head)
            reply = line.getresponse()
            return reply.status, reply.getheaders(), reply.read()
        except (OSError, HTTPException):
            return 502, [], b""
        finally:
            line.close()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@contextmanager
def bad_line(url: str, *, seed: int) -> Iterator[BadLine]:
    server = BadLine(url, seed)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
