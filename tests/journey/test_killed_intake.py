"""Workers are killed and PostgreSQL crashes while tablets sync: nothing lost, doubled, refused."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from http.client import HTTPException

import psycopg
import pytest

from survey.app import create_app
from survey.config import Settings
from survey.store import migrate
from tests.bench import test_respond_speed as bench
from tests.journey.test_killed_servers import kill_workers
from tests.support import field, machine, waves
from tests.support.postgresql import restartable
from tests.support.serving import gunicorn, nginx
from tests.support.tablet import Line

pytestmark = [pytest.mark.journey, pytest.mark.long, pytest.mark.timeout(900)]

INTERVIEWS, AT_ONCE = 900, 16


class Tablet:
    """Sends until it is told 201; whatever is no server's fault ends the test."""

    def __init__(self, url: str, place: str) -> None:
        self.line = Line(url, place)
        self.statuses: Counter[int] = Counter()

    def sync(self, xml: bytes, files: dict[str, bytes]) -> bytes:
        for _ in range(600):
            try:
                told = self.line.submit(xml, files)
            except (OSError, HTTPException):
                self.statuses[0] += 1
                time.sleep(0.1)
                continue
            self.statuses[told.status] += 1
            if told.status == 201:
                return told.body
            assert told.status >= 500, told
            time.sleep(0.1)
        raise AssertionError("nothing answered")


def photo(n: int) -> dict[str, bytes]:
    """Every third interview has one."""
    return {} if n % 3 else {f"{n}.jpg": sha256(str(n).encode()).digest() * 2000}


def test_no_submission_is_lost_doubled_or_refused(tmp_path):
    if machine.nginx() is None or machine.postgresql() is None:
        pytest.skip("no nginx or no PostgreSQL: apt-get install nginx-light postgresql")
    with restartable(machine.postgresql()) as (url, restart):
        settings = Settings.from_env(
            {"DATABASE_URL": url, "SURVEY_INSTANCE": str(tmp_path), "LOG_LEVEL": "CRITICAL"}
        )
        tmp_path.chmod(0o755)
        migrate.upgrade(url)
        app = create_app(settings)
        wave = waves.make(app)
        with psycopg.connect(url.replace("+psycopg", "")) as database:
            bench._more_cases(database, many=INTERVIEWS)
        device = field.device(app, wave, n=INTERVIEWS)
        forms = [device.fill(case) for case in device.cases()]
        app.extensions["database"].dispose()
        environment = {**settings.environment(), "TRUSTED_PROXIES": "1", "WORKERS": "3"}
        over, killed = threading.Event(), []
        with (
            gunicorn(tmp_path, environment) as (arbiter, place),
            nginx(tmp_path, place) as address,
            ThreadPoolExecutor(AT_ONCE) as crowd,
        ):
            killer = threading.Thread(target=kill_workers, args=(arbiter.pid, over, killed))
            killer.start()
            tablets = [Tablet(address, f"{device.place}/submission") for _ in forms]
            going = [
                crowd.submit(tablet.sync, xml, photo(n))
                for n, (tablet, xml) in enumerate(zip(tablets, forms, strict=True))
            ]
            for share in (0.3, 0.6):
                while sum(each.done() for each in going) < share * INTERVIEWS:
                    time.sleep(0.05)
                restart()
            receipts = [each.result() for each in going]
            over.set()
            killer.join()
        field.work(app)
        with psycopg.connect(url.replace("+psycopg", "")) as database:
            ask = lambda text: database.execute(text).fetchall()  # noqa: E731
            states = dict(ask("SELECT state, count(*) FROM field_submission GROUP BY state"))
            files = {
                name: bytes(content)
                for name, content in ask("SELECT name, content FROM field_attachment")
            }
            n_answers = ask("SELECT count(*) FROM response WHERE channel = 'enumerator'")[0][0]
        app.extensions["database"].dispose()
    statuses = sum((tablet.statuses for tablet in tablets), Counter())
    assert len(killed) >= 2
    assert sum(statuses.values()) > INTERVIEWS  # they did meet trouble
    assert 409 not in statuses
    assert (states, n_answers) == ({"stored": INTERVIEWS}, INTERVIEWS)
    assert files == {name: content for n in range(INTERVIEWS) for name, content in photo(n).items()}
    assert len(set(receipts)) == INTERVIEWS
