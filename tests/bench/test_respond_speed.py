"""Completed respondents a second, beside the floor.  Prints; never judges.

nginx, gunicorn, PostgreSQL with synchronous commit and the respondents share this machine.  The
floor is the same nginx and gunicorn answering with pages rendered once, and with one bare INSERT
and COMMIT for each form that is sent.
"""

from __future__ import annotations

import itertools
import os
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest

from survey.app import create_app
from survey.config import Settings
from survey.services.submission import new_receipt_code
from survey.store import migrate
from tests.support import machine, waves
from tests.support.crowd import Measured, Phone, Reply, UnexpectedReply, Walk, run
from tests.support.postgresql import DURABLE, own_cluster
from tests.support.serving import cpu_seconds, gunicorn, memory_mb, nginx

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
CASES = int(os.environ.get("BENCH_CASES", "60000"))
ANSWERS = {**waves.ELIGIBLE, **waves.RATINGS, "h3": "khong", "g0": "khong", "j2": "Cảm ơn"}


@pytest.fixture(scope="module")
def installed():
    """(settings, application, cookies of respondents) on a durable PostgreSQL."""
    if machine.nginx() is None:
        pytest.skip("no nginx: apt-get install nginx-light")
    if machine.postgresql() is None:
        pytest.skip("no PostgreSQL: apt-get install postgresql")
    with (
        own_cluster(machine.postgresql(), DURABLE) as url,
        tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder,
    ):
        os.chmod(folder, 0o755)
        settings = Settings.from_env(
            {
                "DATABASE_URL": url,
                "SURVEY_INSTANCE": folder,
                "LOG_LEVEL": "WARNING",
                "TRUSTED_PROXIES": "1",
            }
        )
        migrate.upgrade(url)
        app = create_app(settings)
        waves.make(app, layout="one_page")
        with psycopg.connect(url.replace("+psycopg", "")) as database:
            _more_cases(database)
        yield settings, app, Path(folder)
        app.extensions["database"].dispose()


def _more_cases(database: psycopg.Connection, first: int = 1_000_000, many: int = CASES) -> None:
    """Copies of the first drawn case, as many as there will be respondents."""
    dossiers = f"""
        INSERT INTO dossier (id, frame_id, code, unit_id, field, channel, received_on, returned_on,
            applicant)
        SELECT {first} + n, frame_id, 'copy-' || {first} + n, unit_id, field, channel, received_on,
            returned_on, applicant
        FROM (SELECT d.* FROM dossier d JOIN survey_case c ON c.dossier_id = d.id
            WHERE c.issued ORDER BY c.id LIMIT 1) one, generate_series(1, %s) n"""
    cases = f"""
        INSERT INTO survey_case (id, wave_id, draw_id, dossier_id, unit_id, stratum, role, rank,
            inclusion_probability, issued, opened, disposition)
        SELECT {first} + n, wave_id, draw_id, {first} + n, unit_id, stratum, role, {first} + n,
            inclusion_probability, issued, false, '3.0'
        FROM (SELECT * FROM survey_case WHERE issued ORDER BY id LIMIT 1) one,
            generate_series(1, %s) n"""
    database.execute(dossiers, (many,))
    database.execute(cases, (many,))
    database.execute("UPDATE wave SET live_results = false")
    database.execute("CREATE TABLE IF NOT EXISTS floor (id text PRIMARY KEY, answers json)")
    database.commit()
    database.autocommit = True
    database.execute("VACUUM ANALYZE")
    database.autocommit = False


def _set_layout(settings: Settings, layout: str) -> None:
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as database:
        database.execute(
            "UPDATE wave SET settings = jsonb_set(settings::jsonb, '{layout}', to_jsonb(%s::text))",
            (layout,),
        )


_case_numbers = itertools.count(1)


def _cookie(app, case: int | None = None) -> str:
    """The cookie of somebody who has just opened the link of a case."""
    sign = app.session_interface.get_signing_serializer(app).dumps
    kept = {
        "_permanent": True,
        "csrf_token": secrets.token_hex(20),
        "entry": ["case", case or 1_000_000 + next(_case_numbers)],
        "promised": new_receipt_code(),
        "opened": int(datetime.now(UTC).timestamp()) - 240,
    }
    return f"cchc={sign(kept)}"


def _expect(reply: Reply, *statuses: int) -> None:
    if reply[0] not in statuses:
        raise UnexpectedReply(reply[:2])


def on_one_page(app, case: int | None = None) -> Walk:
    """GET the form, POST all of it, GET the thanks."""
    phone = Phone("127.0.0.1", _cookie(app, case))
    reply = yield phone.get("/phieu")
    _expect(reply, 200)
    phone.saw(reply)
    body = urlencode({"consent": "dong_y", "page": "sang_loc", **ANSWERS}).encode()
    reply = yield phone.post("/phieu", body)
    _expect(reply, 303)
    if phone.saw(reply) != "/phieu/xong":
        raise UnexpectedReply(reply)
    _expect((yield phone.get("/phieu/xong")), 200)


def by_section(app) -> Walk:
    """Every section: GET and POST; then the last look and the thanks."""
    phone = Phone("127.0.0.1", _cookie(app))
    reply = yield phone.get("/phieu")
    phone.saw(reply)
    reply = yield phone.post("/phieu", b"consent=dong_y")
    place, body = phone.saw(reply), urlencode(ANSWERS).encode()
    while place != "/phieu/xong":
        reply = yield phone.get(place)
        _expect(reply, 200)
        phone.saw(reply)
        reply = yield phone.post(place, body)
        _expect(reply, 303)
        place = phone.saw(reply)
    _expect((yield phone.get(place)), 200)


def floor_on_one_page(_app) -> Walk:
    phone = Phone("127.0.0.1")
    phone.saw((yield phone.get("/phieu")))
    body = urlencode({"consent": "dong_y", "page": "sang_loc", **ANSWERS}).encode()
    reply = yield phone.post("/phieu", body)
    _expect((yield phone.get(phone.saw(reply))), 200)


def floor_by_section(places: list[str]):
    """The same requests as ``by_section``."""

    def walk(_app) -> Walk:
        phone = Phone("127.0.0.1")
        phone.saw((yield phone.get("/phieu")))
        body = urlencode(ANSWERS).encode()
        reply = yield phone.post(f"/phieu?to={places[0]}", b"consent=dong_y")
        for place, following in itertools.pairwise([*places, "xong"]):
            phone.saw((yield phone.get(f"/phieu/{place}")))
            reply = yield phone.post(f"/phieu/{place}?to={following}", body)
            _expect(reply, 303)
        _expect((yield phone.get("/phieu/xong")), 200)

    return walk


def _pages_of(app, folder: Path) -> list[str]:
    """Keep the pages that somebody meets, for the floor to answer with; their places in order."""
    client = app.test_client()
    client.set_cookie("cchc", _cookie(app).partition("=")[2])
    folder.mkdir()
    place, places = "/phieu", []
    while place != "/phieu/xong":
        page = client.get(place)
        name = place.rpartition("/")[2] if place != "/phieu" else "consent"
        (folder / name).write_bytes(page.data)
        token = waves.TOKEN.search(page.text)[1]
        fields = {"csrf_token": token, **ANSWERS, "consent": "dong_y"}
        if 'name="page"' in page.text:
            fields["page"] = "sang_loc"
        places += [name] if name != "consent" else []
        place = client.post(place, data=fields).location
    (folder / "xong").write_bytes(client.get(place).data)
    return places


def _endless(walk, app) -> Iterator[Walk]:
    return (walk(app) for _ in itertools.count())


def _line(name: str, measured: Measured, memory: tuple[float, float], worked: float) -> str:
    quantiles = " ".join(f"{1000 * measured.quantile(q):7.1f}" for q in (0.5, 0.95, 0.99))
    rate = measured.walks / measured.seconds
    return (
        f"{name:<26}{rate:8.1f}/s  {quantiles} ms  "
        f"{1000 * worked / max(1, measured.walks):6.2f} ms CPU  "
        f"{memory[0]:6.0f} -> {memory[1]:4.0f} MB  {measured.failed} failed"
    )


@pytest.mark.parametrize("layout", ["one_page", "sections"])
def test_speed(installed, capsys, layout):
    settings, app, folder = installed
    _set_layout(settings, layout)
    pages = folder / f"pages-{layout}"
    places = _pages_of(app, pages)
    ours, floor = (
        (on_one_page, floor_on_one_page)
        if layout == "one_page"
        else (by_section, floor_by_section(places))
    )
    environment = {**settings.environment(), "FLOOR_PAGES": str(pages)}
    with capsys.disabled():
        print(f"\n{layout}: respondents a second; p50 p95 p99 of a request; gunicorn: CPU, memory")
        for phones in (8, 32):
            rates = []
            for name, walk, application in (
                ("floor", floor, "tests.bench.floor:app"),
                ("questionnaire", ours, "wsgi:app"),
            ):
                with (
                    gunicorn(folder, environment, application=application) as (arbiter, place),
                    nginx(folder, place) as url,
                ):
                    run(url, _endless(walk, app), phones=phones, seconds=3)
                    before, worked = memory_mb(arbiter.pid), cpu_seconds(arbiter.pid)
                    measured = run(url, _endless(walk, app), phones=phones, seconds=SECONDS)
                    worked = cpu_seconds(arbiter.pid) - worked
                    memory = (before, memory_mb(arbiter.pid))
                print(_line(f"{name}, {phones} at once", measured, memory, worked))
                rates.append(measured.walks / measured.seconds)
            print(f"{'ratio':<26}{rates[1] / rates[0]:8.2f}")


#: Respondents of the soak; one line a tenth of them.
SOAK = int(os.environ.get("BENCH_SOAK", "100000"))


@pytest.mark.skipif(SOAK == 0, reason="BENCH_SOAK=0")
def test_memory_over_a_hundred_thousand_answers(installed, capsys):
    """Memory of the workers after each tenth, and whether every answer is there once."""
    settings, app, folder = installed
    _set_layout(settings, "one_page")
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as database:
        _more_cases(database, 2_000_000, SOAK)
        before = database.execute("SELECT count(*) FROM response").fetchone()[0]
    walks = (on_one_page(app, 2_000_000 + n) for n in range(1, SOAK + 1))
    done = 0
    with (
        capsys.disabled(),
        gunicorn(folder, settings.environment()) as (arbiter, place),
        nginx(folder, place) as url,
    ):
        print(f"\n{'answers':>9}  {'a second':>9}  {'p99 ms':>7}  {'MB':>6}")
        for _ in range(10):
            measured = run(url, itertools.islice(walks, SOAK // 10), phones=32, seconds=600)
            done += measured.walks
            print(
                f"{done:9}  {measured.walks / measured.seconds:9.1f}  "
                f"{1000 * measured.quantile(0.99):7.1f}  {memory_mb(arbiter.pid):6.0f}"
                f"  {measured.failed} failed"
            )
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as database:
        stored = database.execute("SELECT count(*) FROM response").fetchone()[0] - before
    assert (done, stored) == (SOAK, SOAK)
