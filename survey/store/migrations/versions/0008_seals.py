"""Sealed lists of answers' hashes, and what is left of withdrawn answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

APPEND_ONLY = ("seal", "sealed_leaf", "withdrawal")


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("sealed_on", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("n > 0", name=op.f("ck_seal_not_empty")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_seal_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
    )
    op.create_index(op.f("ix_seal_wave_id"), "seal", ["wave_id"])
    op.create_table(
        "sealed_leaf",
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("seal_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_sealed_leaf_seal_id_seal")),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_sealed_leaf")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_sealed_leaf_seal_id"), "sealed_leaf", ["seal_id"])
    op.create_table(
        "withdrawal",
        sa.Column("receipt_digest", sa.LargeBinary(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=False),
        sa.CheckConstraint("stream IN ('probability', 'open')", name=op.f("ck_withdrawal_stream")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_withdrawal_wave_id_wave")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_withdrawal_unit_id_unit")),
        sa.PrimaryKeyConstraint("receipt_digest", name=op.f("pk_withdrawal")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_withdrawal_wave_id"), "withdrawal", ["wave_id"])
    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    for table in ("withdrawal", "sealed_leaf", "seal"):
        op.drop_table(table)


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
