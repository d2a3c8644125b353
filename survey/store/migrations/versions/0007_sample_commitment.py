"""The commitment: frame and plan frozen under digests before the seed is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "sample_commitment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("pseudonym_key", sa.LargeBinary(), nullable=False),
        sa.Column("frame_sha256", sa.String(), nullable=False),
        sa.Column("plan_sha256", sa.String(), nullable=False),
        sa.Column("seed_source", sa.String(), nullable=False),
        sa.Column("seed_on", sa.Date(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_by", sa.String(), nullable=False),
        sa.Column("bundle", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["sample_plan.id"], name=op.f("fk_sample_commitment_plan_id_sample_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_commitment")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_sample_commitment_plan_id")),
    )


def downgrade() -> None:
    op.drop_table("sample_commitment")
