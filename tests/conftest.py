"""What every test may ask for: a fresh database of each kind, the application, a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy.engine import make_url

from tests.support import machine
from tests.support.databases import Scratch

pytest_plugins = ["tests.support.groups"]

#: A fixed instant for tests that need one: a working morning in Vietnam.
NOON = datetime(2023, 11, 20, 5, 0, tzinfo=UTC)

_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
hypothesis.settings.register_profile("here", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if _CI else "here")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from survey.store.migrate import upgrade

    path = tmp_path_factory.mktemp("template") / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    """The address of the test server's maintenance database; skips the test without one."""
    url = os.environ.get("TEST_POSTGRESQL_URL")
    if not url:
        pytest.skip("no PostgreSQL server: run make test, or set TEST_POSTGRESQL_URL")
    return url


@pytest.fixture(scope="session")
def _scratch(postgresql_server: str) -> Iterator[Scratch]:
    made = Scratch(postgresql_server)
    yield made
    made.close()


@pytest.fixture(scope="session")
def _postgresql_template(_scratch: Scratch) -> Iterator[str]:
    from survey.store.migrate import upgrade

    url = _scratch.make()
    upgrade(url)
    yield make_url(url).database
    _scratch.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[str]:
    """The address of a fresh, migrated, empty database; the test runs once on each kind."""
    wanted = request.getfixturevalue
    if database_kind == "sqlite":
        path = tmp_path / "survey.db"
        shutil.copyfile(wanted("_sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        url = wanted("_scratch").make(template=wanted("_postgresql_template"))
        yield url
        wanted("_scratch").drop(url)


@pytest.fixture
def empty_database_url(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[str]:
    """The address of a database without any table; the test runs once on each kind."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        scratch = request.getfixturevalue("_scratch")
        url = scratch.make()
        yield url
        scratch.drop(url)


@pytest.fixture
def engine(database_url: str):
    """An engine on a fresh database."""
    from survey.store.session import make_engine

    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def db(engine):
    """A session on a fresh database; what the test does not commit is undone."""
    from survey.store.session import make_sessions

    with make_sessions(engine)() as session:
        yield session


@pytest.fixture
def settings(database_url: str, tmp_path: Path):
    """The settings of an installation of this test's own."""
    from survey.config import Settings

    return Settings.from_env(
        {
            "DATABASE_URL": database_url,
            "SURVEY_INSTANCE": str(tmp_path / "instance"),
            "PUBLIC_URL": "http://localhost",
            "LOG_LEVEL": "WARNING",
        }
    )


@pytest.fixture
def app(settings):
    """The application on a fresh database."""
    from survey.app import create_app

    made = create_app(settings)
    # Tests answer faster than anybody reads; the trap has a test of its own.
    made.config["TRAP_SECONDS"] = 0.0
    yield made
    made.extensions["counting"].drop()
    made.extensions["database"].dispose()


@pytest.fixture
def database(app):
    """The application's two ways into the store: ``database.read()``, ``database.write()``."""
    return app.extensions["database"]


@pytest.fixture
def client(app):
    """A visitor without JavaScript, cookies or history."""
    return app.test_client()


@pytest.fixture(scope="session")
def browser():
    """A Chromium driven by Playwright; skips the test without one."""
    path = machine.chromium()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium, or set CHROMIUM")
    from playwright.sync_api import sync_playwright

    quiet = ("quic", "background-networking", "component-update", "sync")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=str(path), args=["--no-sandbox", *(f"--disable-{x}" for x in quiet)]
        )
        yield made
        made.close()
