"""Proposals of a plan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "plan_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_plan_proposal_wave_id_wave")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_proposal")),
    )
    op.create_index(op.f("ix_plan_proposal_wave_id"), "plan_proposal", ["wave_id"])


def downgrade() -> None:
    op.drop_table("plan_proposal")
