"""Key drivers, outlines of units, reports that were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "index_drivers",
        sa.Column("index_run_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["index_run_id"],
            ["index_run.id"],
            name=op.f("fk_index_drivers_index_run_id_index_run"),
        ),
        sa.PrimaryKeyConstraint("index_run_id", name=op.f("pk_index_drivers")),
    )
    op.create_table(
        "unit_boundary",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("polygons", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_unit_boundary_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_boundary")),
    )
    op.create_table(
        "report_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("index_run_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('docx', 'pdf', 'xlsx')", name=op.f("ck_report_file_kind")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_report_file_wave_id_wave")),
        sa.ForeignKeyConstraint(
            ["index_run_id"], ["index_run.id"], name=op.f("fk_report_file_index_run_id_index_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_file")),
    )
    op.create_index(op.f("ix_report_file_wave_id"), "report_file", ["wave_id"])
    _refuse_changes("report_file")


def downgrade() -> None:
    for table in ("report_file", "unit_boundary", "index_drivers"):
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
