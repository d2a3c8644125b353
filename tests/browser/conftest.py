"""A running server with a full small demonstration, and pages of every width."""

from __future__ import annotations

import pytest

from survey import jobs
from survey.cli import server
from survey.config import Settings
from survey.services import accounts
from survey.store import migrate
from survey.store import waves as store
from tests.support import waves


@pytest.fixture(scope="session")
def site(tmp_path_factory, browser):
    """(address, wave, administrator's password) of a server with answers and a table."""
    from datetime import UTC, datetime

    from survey.app import create_app

    folder = tmp_path_factory.mktemp("site")
    settings = Settings.from_env({"SURVEY_INSTANCE": str(folder), "LOG_LEVEL": "WARNING"})
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    wave = waves.make(app, scale=0.03)
    with app.extensions["database"].write() as session:
        # No worker runs here: recomputations that answers ask for would wait for ever.
        store.get(session, wave.slug).live_results = False
    with app.extensions["database"].write() as session:
        password = accounts.ensure_admin(session, now=datetime.now(UTC))
    with server.somewhere(app, None) as url:
        quiet = lambda done, total, message: None  # noqa: E731
        jobs.run_here(app, "demo.respond", quiet, wave=wave.slug, urls=[url], workers=2)
        jobs.run_here(app, "recompute", quiet, wave=wave.slug)
        jobs.run_here(app, "screen", quiet, wave=wave.slug)
        yield url, wave, password
    app.extensions["database"].dispose()


@pytest.fixture
def page(browser, request):
    """A page; ``@pytest.mark.parametrize("page", [...], indirect=True)`` sets its options."""
    options = {"viewport": {"width": 360, "height": 740}, **getattr(request, "param", {})}
    context = browser.new_context(**options)
    made = context.new_page()
    made.set_default_timeout(60_000)
    yield made
    context.close()
