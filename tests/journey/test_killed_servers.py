"""Workers are killed and PostgreSQL crashes while people answer: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from survey.app import create_app
from survey.config import Settings
from survey.store import migrate
from tests.bench import test_respond_speed as bench
from tests.support import machine, waves
from tests.support.postgresql import restartable
from tests.support.serving import gunicorn, nginx

pytestmark = [pytest.mark.journey, pytest.mark.long, pytest.mark.timeout(900)]

RESPONDENTS, AT_ONCE = 1500, 16


class Person:
    """Fills in one form and presses the button again until it says thank you."""

    def __init__(self, url: str, cookie: str, name: str) -> None:
        self.address = urlsplit(url).netloc
        self.cookie, self.name = cookie, name
        self.tries = 0

    def ask(self, path: str, body: str | None = None) -> tuple[int, str, str]:
        """Ask until something answers that is no server's fault."""
        for _ in range(400):
            self.tries += 1
            try:
                return self._once(path, body)
            except (OSError, HTTPException):
                time.sleep(0.1)
        raise AssertionError("nothing answered")

    def _once(self, path: str, body: str | None) -> tuple[int, str, str]:
        line = HTTPConnection(self.address, timeout=10)
        headers = {"Cookie": self.cookie}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request("GET" if body is None else "POST", path, body, headers)
        reply = line.getresponse()
        text = reply.read().decode()
        if reply.status >= 500:
            raise HTTPException(reply.status)
        place = urlsplit(reply.headers.get("Location", "")).path
        self.new_cookie = reply.headers.get("Set-Cookie", "").partition(";")[0]
        return reply.status, place, text

    def answer(self) -> str:
        """The receipt code."""
        _, _, page = self.ask("/phieu")
        fields = {"consent": "dong_y", "page": "sang_loc", **bench.ANSWERS, "j2": self.name}
        fields["csrf_token"] = waves.TOKEN.search(page)[1]
        _, place, text = self.ask("/phieu", urlencode(fields))
        assert place == "/phieu/xong", (place, text[:600])
        if random.random() < 0.2:  # some press twice: the cookie is still the old one
            _, place, _ = self.ask("/phieu", urlencode(fields))
            assert place == "/phieu/xong"
        self.cookie = self.new_cookie
        return re.search(r'class="code">([^<]+)<', self.ask("/phieu/xong")[2])[1]


def kill_workers(arbiter: int, over: threading.Event, killed: list[int]) -> None:
    """One worker after another, in the middle of whatever it does."""
    while not over.wait(0.8):
        children = Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text().split()
        if len(children) > 1:
            worker = int(random.choice(children))
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)


def test_no_answer_is_lost_or_doubled(tmp_path, monkeypatch):
    if machine.nginx() is None or machine.postgresql() is None:
        pytest.skip("no nginx or no PostgreSQL: apt-get install nginx-light postgresql")
    monkeypatch.setattr(bench, "CASES", RESPONDENTS)
    with restartable(machine.postgresql()) as (url, restart):
        settings = Settings.from_env(
            {"DATABASE_URL": url, "SURVEY_INSTANCE": str(tmp_path), "LOG_LEVEL": "CRITICAL"}
        )
        migrate.upgrade(url)
        app = create_app(settings)
        waves.make(app, layout="one_page")
        with psycopg.connect(url.replace("+psycopg", "")) as database:
            bench._more_cases(database)
        app.extensions["database"].dispose()
        cookies = [bench._cookie(app, 1_000_000 + number) for number in range(1, RESPONDENTS + 1)]
        environment = {**settings.environment(), "TRUSTED_PROXIES": "1", "WORKERS": "3"}
        over, killed = threading.Event(), []
        with (
            gunicorn(tmp_path, environment) as (arbiter, place),
            nginx(tmp_path, place) as address,
            ThreadPoolExecutor(AT_ONCE) as crowd,
        ):
            people = [Person(address, c, f"person {n}") for n, c in enumerate(cookies)]
            killer = threading.Thread(target=kill_workers, args=(arbiter.pid, over, killed))
            killer.start()
            going = [crowd.submit(person.answer) for person in people]
            for share in (0.3, 0.6):
                while sum(each.done() for each in going) < share * RESPONDENTS:
                    time.sleep(0.1)
                restart()
            receipts = [each.result() for each in going]
            over.set()
            killer.join()
        with psycopg.connect(url.replace("+psycopg", "")) as database:
            kept = Counter(
                row[0] for row in database.execute("SELECT answers->>'j2' FROM response")
            )
            n_waiting = database.execute(
                "SELECT count(*) FROM case_waiting WHERE case_id > 1000000"
            ).fetchone()[0]
    assert len(killed) >= 3
    assert sum(person.tries for person in people) > 3 * RESPONDENTS  # they did meet trouble
    assert len(set(receipts)) == RESPONDENTS
    lost = [person.name for person in people if kept[person.name] == 0]
    doubled = [name for name, n in kept.items() if n > 1]
    assert (lost, doubled, n_waiting) == ([], [], 0)
    assert sum(kept.values()) == RESPONDENTS
