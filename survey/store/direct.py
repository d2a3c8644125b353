"""A citizen's page asks PostgreSQL without detours.

Thousands come in an hour and each page is one question and at most one writing statement, whole in
itself.  So each statement is its own transaction, prepared once a connection, and goes to the
driver as it was compiled; building SQLAlchemy's context around it took longer than PostgreSQL's
answer.  On SQLite, and in every other session, the same statements go the usual way.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor
from psycopg.types.json import Json
from sqlalchemy import Engine, Executable, Row
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

#: Where a session keeps its line.
LINE = "line"
#: Values in their order: the driver need not look for names in the text.
_DIALECT = PGDialect_psycopg(paramstyle="format")


class Line:
    """One connection for as long as a request lasts, taken when it is needed."""

    __slots__ = ("_engine", "_taken", "_texts")

    def __init__(self, engine: Engine, texts: Texts) -> None:
        self._engine, self._texts, self._taken = engine, texts, None

    def one(self, statement: Executable, values: Mapping[str, Any]) -> Any:
        text = self._text(statement)
        found = self._send(text, values).fetchone()
        return None if found is None else text.row(*found)

    def count(self, statement: Executable, values: Mapping[str, Any]) -> int:
        return self._send(self._text(statement), values).rowcount

    def hang_up(self) -> None:
        taken, self._taken = self._taken, None
        if taken is not None:
            # Nothing is open that an error could have left half done; the line itself may be dead.
            taken.invalidate() if taken.driver_connection.closed else taken.close()

    def _text(self, statement: Executable) -> Text:
        text = self._texts.get(statement)
        if text is None:
            text = self._texts[statement] = Text.of(statement)
        return text

    def _send(self, text: Text, values: Mapping[str, Any]) -> Cursor[Any]:
        """Execute one statement; it is committed when this returns."""
        if self._taken is None:
            self._taken = self._engine.raw_connection()
        cursor = self._taken.driver_connection.cursor()
        return cursor.execute(text.sql, text.bound(values), prepare=True)


@dataclass(frozen=True, slots=True)
class Text:
    """A statement as the driver takes it."""

    sql: str
    #: Names of the values in their order, and the statement's own constants.
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    row: Callable[..., Any]

    @classmethod
    def of(cls, statement: Executable) -> Text:
        made = statement.compile(dialect=_DIALECT)
        columns = getattr(statement, "selected_columns", None)
        return cls(
            sql=str(made),
            names=tuple(made.positiontup),
            fixed={k: v for k, v in made.params.items() if v is not None},
            row=namedtuple("Found", columns.keys()) if columns is not None else tuple,
        )

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        found = [values[n] if n in values else self.fixed[n] for n in self.names]
        return [Json(v) if isinstance(v, (dict, list)) else v for v in found]


#: Statements as they were compiled.
Texts = dict[Executable, Text]


def one(session: Session, statement: Executable, values: Mapping[str, Any]) -> Row | None:
    """The one row that a statement finds, or None."""
    line = session.info.get(LINE)
    if line is None:
        return session.connection().execute(statement, values).one_or_none()
    return line.one(statement, values)


def count(session: Session, statement: Executable, values: Mapping[str, Any]) -> int:
    """The number of rows that a statement changes."""
    line = session.info.get(LINE)
    if line is None:
        return session.connection().execute(statement, values).rowcount
    return line.count(statement, values)
