"""Can the application work?"""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from survey.store import migrate
from survey.store.session import Database


def fault(database: Database) -> str:
    """Why the database cannot be worked with; empty if it can."""
    try:
        current = migrate.is_current(database.engine)
    except SQLAlchemyError:
        return "unreachable"
    return "" if current else "not migrated"
