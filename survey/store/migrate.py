"""Bring a database to the newest schema, through Alembic's own interface."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from survey.store.session import make_engine

SCRIPTS = Path(__file__).parent / "migrations"


def config() -> Config:
    made = Config()
    # ConfigParser interpolates %: a path that holds one must be doubled.
    made.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Create or upgrade the schema of the database at ``url``."""
    _run(command.upgrade, url, revision)


def downgrade(url: str, revision: str) -> None:
    _run(command.downgrade, url, revision)


def is_current(engine: Engine) -> bool:
    """Say whether the database stands at the newest revision."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def _run(step, url: str, revision: str) -> None:
    engine = make_engine(url)
    made = config()
    try:
        with engine.begin() as connection:
            made.attributes["connection"] = connection
            step(made, revision)
    finally:
        engine.dispose()
