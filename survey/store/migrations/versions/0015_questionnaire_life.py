"""Drafts of questionnaires, what happens to published ones, and the versions of a wave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

#: A frozen questionnaire and what is recorded of it never change.
FROZEN = ("questionnaire", "questionnaire_event", "wave_version")


def upgrade() -> None:
    op.create_table(
        "questionnaire_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("n_faults", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.CheckConstraint("revision > 0", name=op.f("ck_questionnaire_draft_revision")),
        sa.CheckConstraint(
            "(definition = '') = (sha256 = '')", name=op.f("ck_questionnaire_draft_digest")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_draft")),
    )
    op.create_table(
        "questionnaire_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("file_name", sa.String(), server_default="", nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('published', 'retired')", name=op.f("ck_questionnaire_event_kind")
        ),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"],
            ["questionnaire.id"],
            name=op.f("fk_questionnaire_event_questionnaire_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_event")),
        sa.UniqueConstraint(
            "questionnaire_id", "kind", name=op.f("uq_questionnaire_event_questionnaire_id_kind")
        ),
    )
    op.create_table(
        "wave_version",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_version_wave_id")),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"],
            ["questionnaire.id"],
            name=op.f("fk_wave_version_questionnaire_id"),
        ),
        sa.PrimaryKeyConstraint("wave_id", "questionnaire_id", name=op.f("pk_wave_version")),
    )
    op.execute(
        "INSERT INTO wave_version (wave_id, questionnaire_id, since, by, reason) "
        "SELECT id, questionnaire_id, created_at, 'system', '' FROM wave"
    )
    for table in FROZEN:
        _refuse_changes(table)


def downgrade() -> None:
    for table in ("wave_version", "questionnaire_event", "questionnaire_draft"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER questionnaire_append_only ON questionnaire")
        return
    for change in ("update", "delete"):
        op.execute(f"DROP TRIGGER questionnaire_no_{change}")


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
