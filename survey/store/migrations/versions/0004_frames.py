"""Frames: layouts, uploads, who has several dossiers, what was left out and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KNOWN = sa.text("person IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("frame", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("content_sha256", sa.String(), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("n_rows", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        for name in ("layout", "eligibility", "quality"):
            batch_op.add_column(
                sa.Column(name, sa.JSON(), server_default=sa.text("'{}'"), nullable=False)
            )
    op.execute("UPDATE frame SET n_rows = n_dossiers")
    # The unique key begins with the frame already.
    op.drop_index("ix_dossier_frame_id", table_name="dossier")
    op.add_column("dossier", sa.Column("person", sa.Integer(), nullable=True))
    op.create_index(
        "ix_dossier_person",
        "dossier",
        ["frame_id", "person"],
        sqlite_where=KNOWN,
        postgresql_where=KNOWN,
    )
    # A frame of a million rows is replaced: each of them must be sought among the cases at once.
    op.create_index("ix_survey_case_dossier_id", "survey_case", ["dossier_id"])
    op.create_table(
        "frame_layout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_layout")),
    )
    op.create_index("ix_frame_layout_name", "frame_layout", ["name"])
    op.create_table(
        "frame_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("delete_after", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('new', 'checked', 'faulty', 'loaded')", name=op.f("ck_frame_upload_state")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_frame_upload_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_upload")),
    )
    op.create_index("ix_frame_upload_wave_id", "frame_upload", ["wave_id"])


def downgrade() -> None:
    op.drop_table("frame_upload")
    op.drop_table("frame_layout")
    op.drop_index("ix_survey_case_dossier_id", table_name="survey_case")
    op.drop_index("ix_dossier_person", table_name="dossier")
    op.create_index("ix_dossier_frame_id", "dossier", ["frame_id"])
    op.drop_column("dossier", "person")
    with op.batch_alter_table("frame", schema=None) as batch_op:
        for name in ("quality", "eligibility", "layout", "n_rows", "content_sha256"):
            batch_op.drop_column(name)
