"""Paper forms that came back, and what was typed from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

STAGES = "'logged', 'entered', 'differs', 'stored', 'unused'"
ROUNDS = "'first', 'second', 'resolution'"


def upgrade() -> None:
    op.create_table(
        "paper_return",
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("desk_id", sa.Integer(), nullable=True),
        sa.Column("filled_on", sa.Date(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("logged_by", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), server_default="logged", nullable=False),
        sa.Column("n_fields", sa.Integer(), server_default="0", nullable=False),
        sa.Column("n_differences", sa.Integer(), server_default="0", nullable=False),
        sa.Column("differing", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("response_id", sa.String(), nullable=True),
        sa.CheckConstraint(f"stage IN ({STAGES})", name=op.f("ck_paper_return_stage")),
        sa.CheckConstraint(
            "case_id IS NULL OR desk_id IS NULL", name=op.f("ck_paper_return_one_origin")
        ),
        sa.CheckConstraint(
            "n_differences >= 0 AND n_differences <= n_fields",
            name=op.f("ck_paper_return_differences_of_fields"),
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["paper_form.id"], name=op.f("fk_paper_return_form_id_paper_form")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["survey_case.id"], name=op.f("fk_paper_return_case_id_survey_case")
        ),
        sa.ForeignKeyConstraint(
            ["desk_id"], ["desk.id"], name=op.f("fk_paper_return_desk_id_desk")
        ),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_paper_return")),
    )
    op.create_index(
        "uq_paper_return_case",
        "paper_return",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("case_id IS NOT NULL"),
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )
    op.create_table(
        "paper_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("n_wrong", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(f"round IN ({ROUNDS})", name=op.f("ck_paper_entry_round")),
        sa.ForeignKeyConstraint(
            ["form_id"], ["paper_return.form_id"], name=op.f("fk_paper_entry_form_id_paper_return")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_paper_entry_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_entry")),
        sa.UniqueConstraint("form_id", "round", name=op.f("uq_paper_entry_form_id_round")),
        sa.UniqueConstraint(
            "form_id", "account_id", name=op.f("uq_paper_entry_form_id_account_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("paper_entry")
    op.drop_table("paper_return")
