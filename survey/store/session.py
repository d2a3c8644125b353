"""Engines and sessions: the same code on SQLite (WAL) and PostgreSQL (psycopg pool)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker

from survey.domain.collation import compare
from survey.store import direct

#: How long a writer waits for another one before it gives up, in milliseconds.
BUSY_TIMEOUT_MS = 15_000
#: A connection that has rested so long is tried before it is used.
REST_SECONDS = 2.0

#: Drafts come and go: a plan that was made while there were none would read the whole table for
#: each of thousands.  (Compiling what costs much "by index" where there is none helps nobody.)
_ALWAYS_BY_INDEX = "-c enable_seqscan=off -c jit=off"


def make_engine(url: str, **options: Any) -> Engine:
    """Open a database; SQLite gets write-ahead logging, foreign keys and explicit transactions."""
    address = make_url(url)
    # An error goes to the log with its statement: never with the answers or contacts bound to it.
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(
        address,
        pool_size=8,
        max_overflow=8,
        hide_parameters=True,
        **options,
        connect_args={"options": f"{address.query.get('options', '')} {_ALWAYS_BY_INDEX}".strip()},
    )
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", _ping_after_rest)
    return engine


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions for writers."""
    return sessionmaker(engine, expire_on_commit=False)


class Database:
    """The two ways into the store.  Only the doors of the house open them."""

    def __init__(self, url: str, after_commit: Callable[[Session], None] | None = None) -> None:
        self.url = url
        self.engine = make_engine(url)
        self._writes = make_sessions(self.engine)
        self._reads = make_sessions(self.engine.execution_options(survey_reads_only=True))
        self.after_commit = after_commit
        # SQLite has one writer at a time.  Threads that queue here go on at once when it is their
        # turn; left to SQLite they would sleep and try again.
        sqlite = self.engine.dialect.name == "sqlite"
        self._turn = threading.RLock() if sqlite else nullcontext()
        # Connections that begin no transaction: nothing is to be undone when one comes back.
        alone = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
        self._each = None if sqlite else make_engine(url, **alone)
        self._visits = make_sessions(self._each)
        self._texts: direct.Texts = {}
        self._own = threading.local()

    def dispose(self) -> None:
        """Close all connections; the next use opens new ones."""
        for engine in filter(None, (self.engine, self._each)):
            engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot to read; whatever is changed in it is rolled back."""
        with self._reads() as session:
            yield session

    def visit(self, *, writes: bool) -> AbstractContextManager[Session]:
        """For one citizen's page.  On PostgreSQL each statement is its own transaction."""
        if self._each is None:
            return self.write() if writes else self.read()
        return _Visit(self)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: kept when the block ends, undone when it raises."""
        with self._turn, self._writes.begin() as session:
            yield session
        if self.after_commit is not None:
            self.after_commit(session)


class _Visit:
    """A session with a line of its own; it is seldom asked for more."""

    __slots__ = ("_database", "_session")

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Session:
        database = self._database
        # One session a thread, closed after each use that it noticed: as good as a new one.
        session = getattr(database._own, "session", None)
        if session is None:
            session = database._own.session = database._visits()
        session.info[direct.LINE] = direct.Line(database._each, database._texts)
        self._session = session
        return session

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        session = self._session
        session.info.pop(direct.LINE).hang_up()
        if session.in_transaction():
            session.close()
        if kind is None and self._database.after_commit is not None:
            self._database.after_commit(session)
        session.info.clear()


def _note_return(_connection, record) -> None:
    record.info["returned"] = time.monotonic()


def _ping_after_rest(connection, record, _proxy) -> None:
    """A connection that rested may be dead; one that worked a moment ago is asked at once.

    If the server went away within that moment, the request fails and takes all connections of the
    same age with it (SQLAlchemy discards them); what it sent was not stored, or is found stored
    when it is sent again.
    """
    if time.monotonic() - record.info.get("returned", 0.0) < REST_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as gone:
        raise DisconnectionError from gone


def _prepare_sqlite(connection, _record) -> None:
    # The driver's own implicit BEGIN comes too late for a writer; ours is in _begin_sqlite.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        # A deleted draft is overwritten: nothing of it stays in the file's free pages.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_collation("vi", compare)


def _begin_sqlite(connection) -> None:
    # A writer takes the lock at once: it waits its turn instead of failing half way.
    reads = connection.get_execution_options().get("survey_reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
