"""What the ranking of a table is worth, and where the figures of its units came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "index_standing",
        sa.Column("index_run_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["index_run_id"],
            ["index_run.id"],
            name=op.f("fk_index_standing_index_run_id_index_run"),
        ),
        sa.PrimaryKeyConstraint("index_run_id", name=op.f("pk_index_standing")),
    )
    op.create_table(
        "index_trace",
        sa.Column("index_run_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["index_run_id"], ["index_run.id"], name=op.f("fk_index_trace_index_run_id_index_run")
        ),
        sa.PrimaryKeyConstraint("index_run_id", "unit", name=op.f("pk_index_trace")),
    )


def downgrade() -> None:
    for table in ("index_trace", "index_standing"):
        op.drop_table(table)
