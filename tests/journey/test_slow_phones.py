"""48 phones that send one byte a second hold up nobody else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from survey.app import create_app
from survey.cli import server
from survey.config import Settings
from survey.store import migrate
from tests.support import machine, waves
from tests.support.serving import gunicorn, nginx

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

SLOW = 48
#: Seconds for which they go on, and the longest that anybody else may have to wait.
LASTING, PATIENCE = 8, 2.0


@contextmanager
def slow_phones(url: str) -> Iterator[list[socket.socket]]:
    """Connections that send a form, one byte a second, until the block ends."""
    address = (urlsplit(url).hostname, urlsplit(url).port)
    head = (
        b"POST /phieu HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    phones = [socket.create_connection(address) for _ in range(SLOW)]
    for phone in phones:
        phone.sendall(head)
    over = threading.Event()

    def trickle() -> None:
        while not over.wait(1.0):
            for phone in phones:
                phone.send(b"x")

    sender = threading.Thread(target=trickle, daemon=True)
    sender.start()
    try:
        yield phones
    finally:
        over.set()
        sender.join()
        for phone in phones:
            phone.close()


def assert_nobody_waits(url: str, code: str) -> None:
    """Others open their form all the while."""
    waits = []
    with slow_phones(url) as phones:
        time.sleep(1.5)
        end = time.monotonic() + LASTING
        while time.monotonic() < end:
            begun = time.monotonic()
            with build_opener(HTTPCookieProcessor()).open(f"{url}/P/{code}", timeout=30) as reply:
                assert reply.url.endswith("/phieu")
            waits.append(time.monotonic() - begun)
            time.sleep(0.1)
        # They are still being listened to: none was thrown out to make room.
        for phone in phones:
            phone.setblocking(False)
            with pytest.raises(BlockingIOError):
                phone.recv(1)
    assert len(waits) > 10
    assert max(waits) < PATIENCE, sorted(waits)[-5:]


@pytest.fixture
def installed(tmp_path):
    folder = tmp_path
    settings = Settings.from_env({"SURVEY_INSTANCE": str(folder), "LOG_LEVEL": "WARNING"})
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    wave = waves.make(app)
    yield app, settings, wave
    app.extensions["database"].dispose()


def test_with_the_embedded_server(installed):
    app, _, wave = installed
    (code,) = wave.codes()
    with server.somewhere(app, None) as url:
        assert_nobody_waits(url, code)


def test_behind_nginx_and_gunicorn(installed, tmp_path_factory):
    if machine.nginx() is None:
        pytest.skip("no nginx: apt-get install nginx-light")
    _, settings, wave = installed
    (code,) = wave.codes()
    folder = tmp_path_factory.mktemp("nginx")
    environment = {**settings.environment(), "TRUSTED_PROXIES": "1", "WORKERS": "2"}
    with gunicorn(folder, environment) as (_, place), nginx(folder, place) as url:
        assert_nobody_waits(url, code)
