"""Listings lose addresses and numbers of adults when their wave closes, and say so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column(
        "household_listing",
        sa.Column("thinned", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    with op.batch_alter_table("household_listing") as table:
        table.drop_column("thinned")
