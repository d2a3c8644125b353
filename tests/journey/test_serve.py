"""``make run`` as a newcomer meets it: prepared, four links, a password once, Ctrl-C, again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest

from tests.support.source import ROOT

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


class Server:
    """``flask serve`` in a process group of its own, as a terminal starts it."""

    def __init__(self, instance, port: int) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "serve"],
            cwd=ROOT,
            env={**environment, "SURVEY_INSTANCE": str(instance), "PORT": str(port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A runner in the background may have told its children to ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def wait_until(self, ready, seconds: float = 240) -> None:
        end = time.monotonic() + seconds
        while not ready():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.2)

    def stop(self) -> int:
        """Ctrl-C: the terminal sends it to the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(timeout=60)
        self.reader.join(timeout=5)
        return code


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serve(tmp_path, port):
    servers = []

    def start() -> Server:
        servers.append(Server(tmp_path / "instance", port))
        servers[-1].wait_until(lambda: f"127.0.0.1:{port} " in servers[-1].said)
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


def links(text: str) -> list[str]:
    return re.findall(r"^\s+(http://\S+)$", text, flags=re.MULTILINE)


def test_a_newcomer_gets_four_links_that_work_and_keeps_the_data(serve, port):
    first = serve()
    shown = links(first.said)
    assert len(shown) == 4
    for link in shown:
        visitor = build_opener(HTTPCookieProcessor())
        with visitor.open(link, timeout=30) as page:
            assert page.status == 200
            assert "synthetic" in page.read().decode() or "/van-phong" in link
    assert len(re.findall(r"mật khẩu.*: \S{12,}", first.said)) == 1
    with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as ready:
        assert ready.status == 200
    assert first.stop() == 0
    assert "Traceback" not in first.said

    second = serve()
    assert time.monotonic() - second.started < 30
    assert len(links(second.said)) == 4
    assert "mật khẩu" not in second.said
    assert second.stop() == 0


def test_a_port_that_is_taken_is_told_in_one_line_before_any_work(tmp_path, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        late = Server(tmp_path / "instance", port)
        assert late.process.wait(timeout=60) == 1
    late.reader.join(timeout=5)
    assert f"PORT={port + 1} make run" in late.said
    assert "Traceback" not in late.said
    assert "synthetic" not in late.said


def test_a_server_that_is_killed_leaves_no_worker_behind(serve):
    server = serve()
    workers = children(server.process.pid)
    assert len(workers) == 1
    server.process.kill()
    server.process.wait()
    end = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < end
        time.sleep(0.2)


def children(parent: int) -> list[int]:
    """The processes that a process has started and that still run (Linux)."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            # The name, in brackets, may hold spaces; the parent is the second word after it.
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(status.parent.name))
    return found
