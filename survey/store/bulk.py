"""Many rows at once, by the fastest way that each database has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from survey.store.base import Base

BATCH = 5_000


def is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def reserve_ids(session: Session, model: type[Base], n: int) -> int:
    """The first of ``n`` numbers in a row that nobody else will use for ``model``."""
    table = model.__table__
    highest = session.scalar(select(func.max(table.c.id))) or 0
    if not is_postgresql(session):
        return highest + 1  # the writer holds the database
    session.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
    sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
    used = session.scalar(text(f"SELECT nextval({sequence})"))
    first = max(used, session.scalar(select(func.max(table.c.id))) or 0) + 1
    session.execute(text(f"SELECT setval({sequence}, :last)"), {"last": first + n})
    return first


def insert_rows(
    session: Session, model: type[Base], columns: Sequence[str], rows: Iterable[tuple]
) -> int:
    """Insert rows whose values the driver takes as they are (days as ISO text); return how many."""
    names = ", ".join(f'"{column}"' for column in columns)
    table = f'"{model.__table__.name}"'
    if is_postgresql(session):
        return _copy(session, f"COPY {table} ({names}) FROM STDIN", rows)
    statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"
    connection = session.connection()
    rows, n = iter(rows), 0
    while batch := list(islice(rows, BATCH)):
        connection.exec_driver_sql(statement, batch)
        n += len(batch)
    return n


def _copy(session: Session, statement: str, rows: Iterable[tuple]) -> int:
    n = 0
    driver = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for n, row in enumerate(rows, start=1):  # noqa: B007  (counted here)
            copy.write_row(row)
    return n
