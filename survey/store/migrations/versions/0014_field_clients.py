"""Enumerators with addresses and cases, what their clients sent, and the channel of an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ROLES = ("admin", "manager", "analyst", "viewer")
STATES = "'received', 'waiting', 'stored', 'corrected', 'quarantined', 'rejected'"
REASONS = (
    "'malformed', 'conflict', 'form', 'version', 'case', 'person', 'not_open_yet', 'wave_closed', "
    "'case_closed', 'answers', 'edit_unknown', 'edit_twice', 'edit_of_another', 'attachments'"
)


def upgrade() -> None:
    _set_roles((*ROLES, "enumerator"))
    with op.batch_alter_table("response") as table:
        table.add_column(sa.Column("channel", sa.String(), server_default="web", nullable=False))
        table.create_check_constraint(
            op.f("ck_response_channel"), "channel IN ('web', 'enumerator', 'paper')"
        )
    op.create_table(
        "field_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_field_address_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_address")),
        sa.UniqueConstraint("digest", name=op.f("uq_field_address_digest")),
    )
    op.create_index(op.f("ix_field_address_account_id"), "field_address", ["account_id"])
    op.create_table(
        "case_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["survey_case.id"], name=op.f("fk_case_assignment_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_case_assignment_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_assignment")),
    )
    op.create_index(op.f("ix_case_assignment_account_id"), "case_assignment", ["account_id"])
    op.create_index(
        "uq_case_assignment_current",
        "case_assignment",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    _submissions()
    op.create_table(
        "field_attachment",
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["field_submission.id"],
            name=op.f("fk_field_attachment_submission_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("submission_id", "name", name=op.f("pk_field_attachment")),
    )
    op.create_table(
        "field_receipt",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_field_receipt")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "response_file",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_response_file_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "name", name=op.f("pk_response_file")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in (
        *("response_file", "field_receipt", "field_attachment", "field_submission"),
        *("case_assignment", "field_address"),
    ):
        op.drop_table(table)
    with op.batch_alter_table("response") as table:
        table.drop_constraint(op.f("ck_response_channel"), type_="check")
        table.drop_column("channel")
    _set_roles(ROLES)


def _submissions() -> None:
    text = {"server_default": "", "nullable": False}
    op.create_table(
        "field_submission",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("known_as", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), server_default="received", nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), **text),
        sa.Column("facts", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("response_id", sa.String(), nullable=True),
        sa.Column("corrects", sa.String(), **text),
        sa.Column("root_id", sa.String(), **text),
        sa.Column("verdict", sa.String(), **text),
        sa.Column("decision_reason", sa.String(), **text),
        sa.Column("decided_by", sa.String(), **text),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_field_submission_state")),
        sa.CheckConstraint(
            f"reason = '' OR reason IN ({REASONS})", name=op.f("ck_field_submission_reason")
        ),
        sa.CheckConstraint(
            "verdict = '' OR verdict IN ('accepted', 'rejected')",
            name=op.f("ck_field_submission_verdict"),
        ),
        sa.CheckConstraint(
            "state <> 'stored' OR response_id IS NOT NULL",
            name=op.f("ck_field_submission_stored_has_answer"),
        ),
        sa.CheckConstraint(
            "verdict = '' OR (decided_by <> '' AND decision_reason <> '')",
            name=op.f("ck_field_submission_decision_is_signed"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_field_submission_account_id")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_field_submission_wave_id")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["survey_case.id"], name=op.f("fk_field_submission_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_submission")),
    )
    op.create_index(op.f("ix_field_submission_wave_id"), "field_submission", ["wave_id"])
    op.create_index(
        "ix_field_submission_received",
        "field_submission",
        ["received_at"],
        sqlite_where=sa.text("state = 'received'"),
        postgresql_where=sa.text("state = 'received'"),
    )


def _set_roles(roles: tuple[str, ...]) -> None:
    named = ", ".join(f"'{role}'" for role in roles)
    with op.batch_alter_table("account") as table:
        table.drop_constraint(op.f("ck_account_role"), type_="check")
        table.create_check_constraint(op.f("ck_account_role"), f"role IN ({named})")
