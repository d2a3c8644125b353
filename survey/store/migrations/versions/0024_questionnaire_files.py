"""Pictures, sounds and films that questionnaires show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "questionnaire_file",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("md5", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_questionnaire_file")),
    )


def downgrade() -> None:
    op.drop_table("questionnaire_file")
