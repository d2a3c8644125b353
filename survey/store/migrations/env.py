"""Alembic's entry: run the revisions on the connection that survey.store.migrate opened."""

from alembic import context

from survey.store import models  # noqa: F401  (fills the metadata)
from survey.store.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
