"""Second interviews, and messages to enumerators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def _key(column: str, table: str, of: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{of}_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "back_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'not_reached')", name=op.f("ck_back_check_state")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (done_at IS NULL)", name=op.f("ck_back_check_done_when")
        ),
        _key("wave_id", "wave", "back_check"),
        _key("case_id", "survey_case", "back_check"),
        _key("account_id", "account", "back_check"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_back_check")),
        sa.UniqueConstraint("case_id", name=op.f("uq_back_check_case_id")),
    )
    op.create_index(op.f("ix_back_check_wave_id"), "back_check", ["wave_id"])
    op.create_table(
        "back_check_count",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("second", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n > 0", name=op.f("ck_back_check_count_positive")),
        _key("wave_id", "wave", "back_check_count"),
        _key("account_id", "account", "back_check_count"),
        sa.PrimaryKeyConstraint(
            *("wave_id", "account_id", "question", "first", "second"),
            name=op.f("pk_back_check_count"),
        ),
    )
    op.create_table(
        "field_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_field_message_text")),
        _key("wave_id", "wave", "field_message"),
        _key("account_id", "account", "field_message"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_message")),
    )
    op.create_index(op.f("ix_field_message_wave_id"), "field_message", ["wave_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_field_message_wave_id"), "field_message")
    op.drop_table("field_message")
    op.drop_table("back_check_count")
    op.drop_index(op.f("ix_back_check_wave_id"), "back_check")
    op.drop_table("back_check")
