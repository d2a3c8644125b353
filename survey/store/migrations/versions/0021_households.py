"""Household rounds: areas, listings, the household of a case; answers know their area."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

REASONS = (
    *("malformed", "conflict", "form", "version", "case", "person", "not_open_yet", "wave_closed"),
    *("case_closed", "answers", "edit_unknown", "edit_twice", "edit_of_another", "attachments"),
)


def upgrade() -> None:
    _set_reasons((*REASONS, "selection"))
    op.add_column("response", sa.Column("psu", sa.String(), nullable=True))
    op.add_column("response_weight", sa.Column("psu", sa.String(), nullable=True))
    op.create_table(
        "household_area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.CheckConstraint("households > 0", name=op.f("ck_household_area_households")),
        sa.CheckConstraint(
            "probability IS NULL OR (probability > 0 AND probability <= 1)",
            name=op.f("ck_household_area_probability"),
        ),
        _key("wave_id", "wave", "household_area"),
        _key("unit_id", "unit", "household_area"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_area")),
        sa.UniqueConstraint("wave_id", "code", name=op.f("uq_household_area_wave_id_code")),
    )
    op.create_table(
        "household_listing",
        sa.Column("area_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_household_listing_state")),
        sa.CheckConstraint(
            "(state = 'closed') = (digest <> '')",
            name=op.f("ck_household_listing_closed_has_digest"),
        ),
        _key("area_id", "household_area", "household_listing"),
        _key("account_id", "account", "household_listing"),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_household_listing")),
    )
    _cases()


def _cases() -> None:
    op.create_table(
        "household_case",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("share", sa.Double(), nullable=True),
        sa.Column("adults", sa.Integer(), nullable=True),
        sa.Column("adult", sa.Integer(), nullable=True),
        sa.Column("position", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "share IS NULL OR (share > 0 AND share <= 1)", name=op.f("ck_household_case_share")
        ),
        sa.CheckConstraint(
            "(number IS NULL) = (share IS NULL)", name=op.f("ck_household_case_drawn_has_share")
        ),
        sa.CheckConstraint("adults IS NULL OR adults > 0", name=op.f("ck_household_case_adults")),
        _key("case_id", "survey_case", "household_case"),
        _key("area_id", "household_area", "household_case"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_household_case")),
        sa.UniqueConstraint("area_id", "place", name=op.f("uq_household_case_area_id_place")),
    )
    op.create_index(op.f("ix_household_case_area_id"), "household_case", ["area_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_household_case_area_id"), "household_case")
    for table in ("household_case", "household_listing", "household_area"):
        op.drop_table(table)
    with op.batch_alter_table("response_weight") as table:
        table.drop_column("psu")
    with op.batch_alter_table("response") as table:
        table.drop_column("psu")
    _set_reasons(REASONS)


def _set_reasons(reasons: tuple[str, ...]) -> None:
    """SQLite makes the table anew, and with the old one go the files that point to it."""
    named = ", ".join(f"'{reason}'" for reason in reasons)
    lite = op.get_bind().dialect.name == "sqlite"
    if lite:
        op.execute("CREATE TEMP TABLE kept_files AS SELECT * FROM field_attachment")
    with op.batch_alter_table("field_submission") as table:
        table.drop_constraint(op.f("ck_field_submission_reason"), type_="check")
        table.create_check_constraint(
            op.f("ck_field_submission_reason"), f"reason = '' OR reason IN ({named})"
        )
    if lite:
        op.execute("INSERT OR IGNORE INTO field_attachment SELECT * FROM kept_files")
        op.execute("DROP TABLE kept_files")


def _key(column: str, table: str, of: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{of}_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name)
