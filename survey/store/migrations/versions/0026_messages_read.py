"""Which messages enumerators have read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "field_message_read",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["field_message.id"],
            name=op.f("fk_field_message_read_message_id_field_message"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_field_message_read_account_id_account")
        ),
        sa.PrimaryKeyConstraint("message_id", "account_id", name=op.f("pk_field_message_read")),
    )


def downgrade() -> None:
    op.drop_table("field_message_read")
