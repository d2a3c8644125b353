"""Screening: paradata with an answer, counts without one, flags, decisions that are appended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

APPEND_ONLY = ("screening_decision", "screening_decision_answer")


def upgrade() -> None:
    op.add_column(
        "response",
        sa.Column("paradata", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
    )
    _create_flags()
    _create_decisions()
    op.create_table(
        "paradata_count",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.String(), server_default=sa.text("('')"), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n > 0", name=op.f("ck_paradata_count_positive")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_paradata_count_wave_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_paradata_count_unit_id")),
        sa.PrimaryKeyConstraint(
            "wave_id", "unit_id", "stream", "kind", "day", "label", name=op.f("pk_paradata_count")
        ),
    )
    op.create_table(
        "daily_salt",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_daily_salt")),
    )
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _create_flags() -> None:
    op.create_table(
        "screening_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("n_answers", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_screening_run_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_run")),
    )
    op.create_index("ix_screening_run_wave_id", "screening_run", ["wave_id"])
    op.create_table(
        "screening_flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("p", sa.Double(), nullable=True),
        sa.Column("q", sa.Double(), nullable=True),
        sa.Column("strength", sa.Double(), nullable=False),
        sa.Column("n_answers", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint("(p IS NULL) = (q IS NULL)", name=op.f("ck_screening_flag_p_and_q")),
        sa.CheckConstraint(
            "p IS NULL OR (p >= 0 AND p <= 1 AND q >= 0 AND q <= 1)",
            name=op.f("ck_screening_flag_chances"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["screening_run.id"],
            name=op.f("fk_screening_flag_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_screening_flag_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_flag")),
    )
    op.create_index("ix_screening_flag_run_id", "screening_flag", ["run_id"])
    op.create_index("ix_screening_flag_key", "screening_flag", ["key"])
    op.create_table(
        "screening_flag_answer",
        sa.Column("flag_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["flag_id"],
            ["screening_flag.id"],
            name=op.f("fk_screening_flag_answer_flag_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_screening_flag_answer_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("flag_id", "response_id", name=op.f("pk_screening_flag_answer")),
    )
    op.create_index(
        "ix_screening_flag_answer_response_id", "screening_flag_answer", ["response_id"]
    )


def _create_decisions() -> None:
    op.create_table(
        "screening_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('keep', 'exclude')", name=op.f("ck_screening_decision_verdict")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_screening_decision_reason")),
        sa.CheckConstraint("\"by\" <> ''", name=op.f("ck_screening_decision_named")),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_screening_decision_wave_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_decision")),
    )
    op.create_index("ix_screening_decision_wave_id", "screening_decision", ["wave_id"])
    op.create_index("ix_screening_decision_key", "screening_decision", ["key"])
    op.create_table(
        "screening_decision_answer",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["screening_decision.id"],
            name=op.f("fk_screening_decision_answer_decision_id"),
        ),
        sa.PrimaryKeyConstraint(
            "decision_id", "response_id", name=op.f("pk_screening_decision_answer")
        ),
    )
    op.create_index(
        "ix_screening_decision_answer_response_id", "screening_decision_answer", ["response_id"]
    )


def downgrade() -> None:
    op.drop_table("daily_salt")
    op.drop_table("paradata_count")
    op.drop_table("screening_decision_answer")
    op.drop_table("screening_decision")
    op.drop_table("screening_flag_answer")
    op.drop_table("screening_flag")
    op.drop_table("screening_run")
    op.drop_column("response", "paradata")


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
