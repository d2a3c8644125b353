"""Databases for one test each, made and thrown away on the test server."""

from __future__ import annotations

import os
from itertools import count

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

#: For a test of rules that no database has a part in: once is enough.
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


class Scratch:
    """Makes PostgreSQL databases, empty or as copies of a template, and drops them."""

    def __init__(self, server_url: str) -> None:
        self.server = make_url(server_url)
        self.admin = create_engine(self.server, isolation_level="AUTOCOMMIT")
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")
        self._names = (f"t_{worker}_{os.getpid()}_{n}" for n in count(1))

    def make(self, template: str = "template0") -> str:
        """Make a database and return its address."""
        name = next(self._names)
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.server.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database, also while a forgotten connection holds it."""
        self._run(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        self.admin.dispose()

    def _run(self, statement: str) -> None:
        with self.admin.connect() as connection:
            connection.exec_driver_sql(statement)
