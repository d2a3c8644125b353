"""What units owe after publication: plans, breakthrough jobs, reports; the quarterly sheet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

APPEND_ONLY = ("duty", "duty_file", "duty_event", "desk_sheet")


def upgrade() -> None:
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('remedy', 'breakthrough', 'report')", name=op.f("ck_duty_kind")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_duty_wave_id_wave")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_duty_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint(
            "wave_id", "unit_id", "kind", "period", name=op.f("uq_duty_wave_id_unit_id_kind_period")
        ),
    )
    op.create_index(op.f("ix_duty_wave_id"), "duty", ["wave_id"])
    op.create_table(
        "duty_file",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_duty_file")),
    )
    op.create_table(
        "duty_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("duty_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("file_sha256", sa.String(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "action IN ('opened', 'reminded', 'extended', 'submitted', 'returned', 'accepted', "
            "'progressed', 'completed', 'lifted')",
            name=op.f("ck_duty_event_action"),
        ),
        sa.CheckConstraint("\"by\" <> ''", name=op.f("ck_duty_event_named")),
        sa.CheckConstraint(
            "(action = 'extended') = (due_on IS NOT NULL)", name=op.f("ck_duty_event_extension")
        ),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name=op.f("fk_duty_event_duty_id_duty")),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["duty_file.sha256"], name=op.f("fk_duty_event_file_sha256_duty_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_event")),
    )
    op.create_index(op.f("ix_duty_event_duty_id"), "duty_event", ["duty_id"])
    op.create_table(
        "desk_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_desk_sheet_quarter")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_desk_sheet_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_sheet")),
    )
    op.create_index(op.f("ix_desk_sheet_wave_id"), "desk_sheet", ["wave_id"])
    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    for table in ("desk_sheet", "duty_event", "duty_file", "duty"):
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
