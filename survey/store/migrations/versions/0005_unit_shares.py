"""What the share of a divided unit was counted by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("unit_succession", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("basis", sa.String(), server_default=sa.text("''"), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("unit_succession", schema=None) as batch_op:
        batch_op.drop_column("basis")
