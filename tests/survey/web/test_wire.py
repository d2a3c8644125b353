"""The whole answer path over the wire: bytes with all headers, requests, nothing from elsewhere."""

from __future__ import annotations

import gzip
import re
import socket
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import func, select

from survey.cli import server
from survey.config import Settings
from survey.store import migrate
from survey.store import waves as store
from survey.store.models import Response
from tests.support import waves
from tests.support.waves import ELIGIBLE, RATINGS

FIRST_PAGE = 14 * 1024
WHOLE_PATH = 60 * 1024
REQUESTS = 12
QUESTION = re.compile(r'<(?:fieldset|div) class="q[ "][^>]*id="q-(?!consent)')
LINKED = '<link rel="stylesheet" href|<link rel="prefetch" as="style" href|<script src|<img src'
FETCHED = re.compile(rf'(?:{LINKED})="([^"]+)"')


class Phone:
    """A browser that counts what it sends and gets, and keeps what it may keep."""

    def __init__(self, url: str) -> None:
        self.address = (urlsplit(url).hostname, urlsplit(url).port)
        self.cookies: dict[str, str] = {}
        self.kept: set[str] = set()
        self.requests, self.bytes, self.down = 0, 0, 0
        self.text = ""

    def visit(self, path: str, fields: dict | None = None) -> str:
        """Load a page with what it links to, following where it sends; the place it ends at."""
        status, head, body = self._ask(path, fields)
        if status == 303:
            return self.visit(re.search(r"\nlocation: *(\S+)", head, re.I)[1])
        self.text = body
        for link in FETCHED.findall(body):
            assert not urlsplit(link).netloc, link
            if link not in self.kept:
                _, more, _ = self._ask(link, None)
                if "immutable" in more:
                    self.kept.add(link)
        return path

    def _ask(self, path: str, fields: dict | None) -> tuple[int, str, str]:
        cookies = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = urlencode(fields, doseq=True) if fields is not None else ""
        lines = [
            f"{'POST' if fields is not None else 'GET'} {path} HTTP/1.1",
            "Host: localhost",
            f"Cookie: {cookies}",
            "Accept: text/html,*/*;q=0.8",
            "Accept-Encoding: gzip, deflate",
            "Accept-Language: vi-VN,vi;q=0.9",
            "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36",
            "Connection: close",
        ]
        if fields is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded"]
            lines += [f"Content-Length: {len(body)}"]
        sent = ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
        with socket.create_connection(self.address) as line:
            line.sendall(sent)
            got = b"".join(iter(lambda: line.recv(65536), b""))
        self.requests += 1
        self.bytes += len(sent) + len(got)
        self.down += len(got)
        head, _, content = got.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        for name, value in re.findall(r"\nset-cookie: *([^=\s]+)=([^;\r]*)", text, re.I):
            self.cookies[name] = value
        if re.search(r"\ncontent-encoding: *gzip", text, re.I):
            content = gzip.decompress(content)
        return int(head[9:12]), text, content.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    from survey.app import create_app

    folder = tmp_path_factory.mktemp("wire")
    settings = Settings.from_env({"SURVEY_INSTANCE": str(folder), "LOG_LEVEL": "WARNING"})
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    wave = waves.make(app, layout="joined")
    with server.somewhere(app, None) as url:
        yield url, wave
    app.extensions["database"].dispose()


@pytest.mark.parametrize("layout", ["joined", "one_page"])
def test_the_whole_path_of_more_than_27_items_is_light(served, layout):
    url, wave = served
    with wave.database.write() as session:
        found = store.get(session, wave.slug)
        found.settings = {**found.settings, "layout": layout}
        before = session.scalar(select(func.count()).select_from(Response))
    phone = Phone(url)
    place = phone.visit(f"/P/{wave.codes()[0]}")
    first = phone.down
    assert first <= FIRST_PAGE, first
    items = 0
    while place != "/phieu/xong":
        items += len(
            re.findall(r'<(?:fieldset|div) class="q[ "][^>]*id="q-(?!consent)', phone.text)
        )
        fields = {
            "csrf_token": waves.TOKEN.search(phone.text)[1],
            **ELIGIBLE,
            **RATINGS,
            "h3": "co",
        }
        if 'name="page"' in phone.text:
            fields |= {"consent": "dong_y", "page": "sang_loc"}
        place = phone.visit(place, fields)
    assert items >= 27, items
    assert phone.bytes <= WHOLE_PATH, phone.bytes
    assert phone.requests <= REQUESTS, phone.requests
    with wave.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == before + 1


def test_the_script_is_small_and_never_needed(served):
    url, wave = served
    phone = Phone(url)
    phone.visit(f"/P/{wave.codes()[0]}")
    _, _, script = phone._ask("/static/js/keep.js", None)
    assert 0 < len(script.encode()) <= 3 * 1024
    assert "@font-face" not in phone._ask("/static/css/base.css", None)[2]
