"""Released tables with their signed bundles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "index_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("index_run_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("public_bundle", sa.LargeBinary(), nullable=False),
        sa.Column("full_bundle", sa.LargeBinary(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_index_release_number")),
        sa.CheckConstraint("number = 1 OR reason <> ''", name=op.f("ck_index_release_reason")),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_index_release_wave_id_wave")
        ),
        sa.ForeignKeyConstraint(
            ["index_run_id"], ["index_run.id"], name=op.f("fk_index_release_index_run_id_index_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_release")),
        sa.UniqueConstraint("wave_id", "number", name=op.f("uq_index_release_wave_id_number")),
    )
    op.create_index(op.f("ix_index_release_wave_id"), "index_release", ["wave_id"])
    _refuse_changes("index_release")


def downgrade() -> None:
    op.drop_table("index_release")


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
