"""Submissions a second from field clients, beside the floor.  Prints; judges only what is stored.

nginx, gunicorn, PostgreSQL with synchronous commit and the tablets share this machine.  The floor
is the same nginx and gunicorn reading the same request, with one bare INSERT and COMMIT.  A form
has 26 answers; each submission is of a case of its own.  ODK Central, measured on such a machine:
214 a second at 8, 242 at 32, p99 187 ms, 369 MiB.
"""

from __future__ import annotations

import itertools
import os
import secrets
import time
import uuid

import psycopg
import pytest

from survey.services.intake import enumerators
from survey.store.models import Response
from tests.bench.test_respond_speed import (
    CASES,
    _more_cases,
    installed,  # noqa: F401
)
from tests.bench.test_respond_speed import _line as line_of
from tests.support import field, waves
from tests.support.crowd import Measured, UnexpectedReply, Walk, run
from tests.support.serving import cpu_seconds, gunicorn, memory_mb, nginx
from tests.support.tablet import BOUNDARY, multipart

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
TABLETS, INTERVIEWS = 200, 50
#: Cases of the rate, sent for again and again, and those of the two hundred tablets.
FIRST, SECOND = 1_000_000, 2_000_000


@pytest.fixture(scope="module")
def sending(installed):  # noqa: F811
    """(settings, folder, application, maker of requests)."""
    settings, app, folder = installed
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as database:
        database.execute("CREATE TABLE floor_xml (id text PRIMARY KEY, xml bytea)")
        _more_cases(database, SECOND, TABLETS * INTERVIEWS)
        tokens = _tablets(app, database)
    device = field.Device(app, waves.SmallWave(app.extensions["database"], settings), "", "")
    return settings, folder, app, Requests(tokens, device.fill(424_242_424))


def _tablets(app, database: psycopg.Connection) -> list[str]:
    """Enumerators with an address each, and all cases dealt out among them."""
    first = field.device(app, waves.SmallWave(app.extensions["database"], None), name="bench", n=0)
    key = app.extensions["settings"].code_key_bytes
    tokens = [first.token, *(secrets.token_urlsafe(32) for _ in range(TABLETS - 1))]
    digests = [enumerators.address_digest(key, token) for token in tokens[1:]]
    database.execute(
        """INSERT INTO account (id, name, display_name, role, password_hash, session_key,
               must_change, active, created_at)
           SELECT 5000 + n, 'tablet' || n, 'tablet' || n, 'enumerator', 'x', 'key' || n,
               false, true, now() FROM generate_series(1, %s) n""",
        (TABLETS - 1,),
    )
    with database.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO field_address (account_id, digest, issued_at, issued_by)"
            " VALUES (%s, %s, now(), 'bench')",
            [(5001 + n, digest) for n, digest in enumerate(digests)],
        )
    own = database.execute("SELECT id FROM account WHERE name = 'bench'").fetchone()[0]
    database.execute(
        f"""INSERT INTO case_assignment (case_id, account_id, assigned_at, assigned_by)
            SELECT id, CASE id %% {TABLETS} WHEN 0 THEN %s ELSE 5000 + id %% {TABLETS} END,
                now(), 'bench' FROM survey_case WHERE id > {SECOND}""",
        (own,),
    )
    database.commit()
    return tokens


class Requests:
    """The bytes of submissions, one a case, made with as little work as can be."""

    def __init__(self, tokens: list[str], xml: bytes) -> None:
        self.tokens = tokens
        known = field.tags(xml)["instanceID"][0].encode()
        body = multipart(xml.replace(known, b"uuid:" + 36 * b"I"), {})
        self.pieces = body.replace(b"424242424", b"CASE").split(b"CASE")
        self.left = itertools.cycle(range(FIRST + 1, FIRST + CASES + 1))

    def next(self, case: int | None = None) -> bytes:
        case = next(self.left) if case is None else case
        known = str(uuid.uuid4()).encode()
        body = str(case).encode().join(self.pieces).replace(36 * b"I", known)
        return (
            b"POST /odk/%s/submission?deviceID=collect%%3Ax HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"X-OpenRosa-Version: 1.0\r\nUser-Agent: org.odk.collect.android/v2026.2.1\r\n"
            b"Content-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n\r\n%s"
        ) % (
            self.tokens[case % TABLETS].encode(),
            BOUNDARY.encode(),
            len(body),
            body,
        )


def one(request: bytes) -> Walk:
    reply = yield request
    if reply[0] != 201:
        raise UnexpectedReply(reply)


def _endless(requests: Requests):
    return (one(requests.next()) for _ in itertools.count())


def test_rate(sending, capsys):
    """At 8 and 32 at once, in a burst of 256, and at 32 again."""
    settings, folder, _app, requests = sending
    with capsys.disabled():
        print("\nsubmissions a second; p50 p95 p99 of a request; gunicorn: CPU, memory")
        for name, application in (
            ("floor", "tests.bench.intake_floor:app"),
            ("intake", "wsgi:app"),
        ):
            with (
                gunicorn(folder, settings.environment(), application=application) as (boss, place),
                nginx(folder, place) as url,
            ):
                run(url, _endless(requests), phones=8, seconds=2)
                for phones in (8, 32, 256, 32):
                    before, worked = memory_mb(boss.pid), cpu_seconds(boss.pid)
                    measured = run(url, _endless(requests), phones=phones, seconds=SECONDS)
                    memory = (before, memory_mb(boss.pid))
                    worked = cpu_seconds(boss.pid) - worked
                    print(line_of(f"{name}, {phones} at once", measured, memory, worked))


def test_two_hundred_tablets_with_fifty_interviews_each(sending, capsys):
    """Every submission is stored once, and each becomes the answer of its case."""
    settings, folder, app, requests = sending
    address = settings.database_url.replace("+psycopg", "")
    with psycopg.connect(address) as database:
        database.execute("DELETE FROM field_submission")
    first = SECOND + 1

    def day(tablet: int) -> Walk:
        """Look first, as Collect does; then everything, and what had no answer again."""
        token = requests.tokens[(first + tablet) % TABLETS].encode()
        head = b"Host: 127.0.0.1\r\nX-OpenRosa-Version: 1.0\r\n\r\n"
        if (yield b"GET /odk/%s/formList HTTP/1.1\r\n%s" % (token, head))[0] != 200:
            raise UnexpectedReply
        for n in range(INTERVIEWS):
            request = requests.next(first + tablet + n * TABLETS)
            for _ in range(2 if n % 3 == 0 else 1):  # a third came, but its answer was lost
                if (yield request)[0] != 201:
                    raise UnexpectedReply

    with (
        gunicorn(folder, settings.environment()) as (_boss, place),
        nginx(folder, place) as url,
    ):
        walks = (day(tablet) for tablet in range(TABLETS))
        measured: Measured = run(url, walks, phones=TABLETS, seconds=600)
    with psycopg.connect(address) as database:
        n, n_once = database.execute(
            "SELECT count(*), count(DISTINCT instance_id) FROM field_submission"
        ).fetchone()
    with app.extensions["database"].read() as session:
        before = session.query(Response).count()
    begun = time.perf_counter()
    field.work(app)
    judged = time.perf_counter() - begun
    with app.extensions["database"].read() as session:
        answers = session.query(Response).count() - before
    p95, p99 = (1000 * measured.quantile(share) for share in (0.95, 0.99))
    with capsys.disabled():
        print(
            f"\n{TABLETS} tablets with {INTERVIEWS} interviews each, a third sent twice: "
            f"{len(measured.latencies)} requests in {measured.seconds:.1f} s, "
            f"p95 {p95:.0f} ms, p99 {p99:.0f} ms, {measured.failed} failed; "
            f"{n} stored, {n_once} of them different; "
            f"{answers} answers by the job in {judged:.1f} s ({answers / judged:.0f} a second)"
        )
    assert (measured.failed, n, n_once) == (0, TABLETS * INTERVIEWS, TABLETS * INTERVIEWS)
    assert answers == TABLETS * INTERVIEWS
