"""The migrations and the models are two roads to one schema, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from survey.store import (
    migrate,
    models,  # noqa: F401  (fills the metadata)
)
from survey.store.base import Base
from survey.store.session import make_engine


def differences(engine) -> list:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "render_as_batch": True}
        )
        return compare_metadata(context, Base.metadata)


def tables(engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def checks(engine) -> dict[str, set[str]]:
    # Alembic does not compare CHECK constraints; a rule that lives in one database only is none.
    looked = inspect(engine)
    return {
        table: {found["name"] for found in looked.get_check_constraints(table)}
        for table in tables(engine)
    }


def test_an_upgraded_database_has_what_the_models_say(empty_database_url):
    migrate.upgrade(empty_database_url)
    engine = make_engine(empty_database_url)
    try:
        assert tables(engine) == set(Base.metadata.tables)
        assert differences(engine) == []
        assert migrate.is_current(engine)
    finally:
        engine.dispose()


def test_an_upgraded_database_keeps_the_checks_of_the_models(empty_database_url, tmp_path):
    made = make_engine(f"sqlite:///{tmp_path / 'models.db'}")
    Base.metadata.create_all(made)
    migrate.upgrade(empty_database_url)
    engine = make_engine(empty_database_url)
    try:
        assert checks(engine) == checks(made)
        assert any(checks(engine).values())
    finally:
        engine.dispose()
        made.dispose()


def test_an_upgrade_can_be_taken_back_and_done_again(empty_database_url):
    migrate.upgrade(empty_database_url)
    migrate.downgrade(empty_database_url, "base")
    engine = make_engine(empty_database_url)
    try:
        assert tables(engine) == set()
        migrate.upgrade(empty_database_url)
        assert differences(engine) == []
    finally:
        engine.dispose()


def test_a_second_upgrade_changes_nothing(database_url):
    engine = make_engine(database_url)
    try:
        before = {name: inspect(engine).get_columns(name) for name in tables(engine)}
        migrate.upgrade(database_url)
        after = {name: inspect(engine).get_columns(name) for name in tables(engine)}
        assert str(before) == str(after)
    finally:
        engine.dispose()


def test_an_empty_database_is_not_taken_for_a_migrated_one(empty_database_url):
    engine = make_engine(empty_database_url)
    try:
        assert not migrate.is_current(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('of another time')"))
        assert not migrate.is_current(engine)
    finally:
        engine.dispose()


def test_the_revisions_form_one_line():
    scripts = ScriptDirectory.from_config(migrate.config())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
