"""One installation a module and kind of database; each test has a device of its own."""

import itertools
import shutil

import pytest

from survey.app import create_app
from survey.config import Settings
from tests.support import field, waves

_NAMES = (f"dtv{n}" for n in itertools.count(1))


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def installed(request, tmp_path_factory):
    """(application, wave) on a database that all tests of a module share."""
    folder = tmp_path_factory.mktemp("openrosa")
    wanted = request.getfixturevalue
    if request.param == "sqlite":
        shutil.copyfile(wanted("_sqlite_template"), folder / "survey.db")
        url = f"sqlite:///{folder / 'survey.db'}"
    else:
        url = wanted("_scratch").make(template=wanted("_postgresql_template"))
    settings = Settings.from_env(
        {"DATABASE_URL": url, "SURVEY_INSTANCE": str(folder), "LOG_LEVEL": "WARNING"}
    )
    app = create_app(settings)
    yield app, waves.make(app, scale=0.03)
    app.extensions["counting"].drop()
    app.extensions["database"].engine.dispose()


@pytest.fixture
def app(installed):
    return installed[0]


@pytest.fixture
def wave(installed):
    return installed[1]


@pytest.fixture
def device(app, wave):
    """An enumerator with cases that nobody else has."""
    return field.device(app, wave, name=next(_NAMES))


@pytest.fixture
def another(app, wave):
    """Makes further enumerators: ``another(n)`` has ``n`` cases."""
    return lambda n: field.device(app, wave, name=next(_NAMES), n=n)


@pytest.fixture
def desk(app, database, wave):
    return field.Desk(app, database, wave.slug)
