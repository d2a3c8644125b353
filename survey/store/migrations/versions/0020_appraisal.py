"""Points that units claim, their documents, appraisers' decisions, and the days these are due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

APPEND_ONLY = ("appraisal_deadline", "point_event")
ACTIONS = "action IN ('claimed', 'stated', 'evidenced', 'accepted', 'changed', 'rejected')"


def upgrade() -> None:
    op.create_table(
        "appraisal_deadline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("claim_by", sa.Date(), nullable=False),
        sa.Column("decide_by", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.CheckConstraint("\"by\" <> ''", name=op.f("ck_appraisal_deadline_named")),
        sa.CheckConstraint("decide_by >= claim_by", name=op.f("ck_appraisal_deadline_order")),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_appraisal_deadline_wave_id_wave")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal_deadline")),
    )
    op.create_index(op.f("ix_appraisal_deadline_wave_id"), "appraisal_deadline", ["wave_id"])
    op.create_table(
        "point_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("points", sa.Double(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.CheckConstraint(ACTIONS, name=op.f("ck_point_event_action")),
        sa.CheckConstraint("\"by\" <> ''", name=op.f("ck_point_event_named")),
        sa.CheckConstraint(
            "action NOT IN ('changed', 'rejected') OR note <> ''",
            name=op.f("ck_point_event_reason"),
        ),
        sa.CheckConstraint(
            "action <> 'evidenced' OR file_sha256 IS NOT NULL", name=op.f("ck_point_event_file")
        ),
        sa.CheckConstraint(
            "action NOT IN ('claimed', 'evidenced') OR person <> ''",
            name=op.f("ck_point_event_person"),
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_point_event_wave_id_wave")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_point_event_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["file_sha256"],
            ["duty_file.sha256"],
            name=op.f("fk_point_event_file_sha256_duty_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_event")),
    )
    op.create_index(op.f("ix_point_event_wave_id"), "point_event", ["wave_id"])
    op.create_index(op.f("ix_point_event_unit_id"), "point_event", ["unit_id"])
    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
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
