"""Contact attempts, released reserves, and the AAPOR codes that fieldwork ends with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = ("contact_attempt", "reserve_release")

BEFORE = "disposition IN ('3.0', '1.0', '2.11', '4.0')"
AFTER = (
    "disposition IN ('1.0', '2.11', '2.111', '2.112', '2.12', '2.20', '2.21', '2.22', '2.31', "
    "'2.32', '2.33', '2.36', '3.0', '3.12', '3.13', '3.17', '3.18', '3.19', '3.20', '3.30', "
    "'3.90', '4.0', '4.10', '4.81')"
)
RESULTS = (
    "result IN ('2.111', '2.112', '2.20', '2.21', '2.22', '2.31', '2.32', '2.33', '2.36', '3.12', "
    "'3.13', '3.17', '3.18', '3.19', '3.20', '3.30', '3.90', '4.10', '4.81', 'agreed', "
    "'appointment')"
)


def upgrade() -> None:
    _replace_check(BEFORE, AFTER)
    op.create_table(
        "contact_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("note", sa.String(), server_default=sa.text("('')"), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voids_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "mode IN ('letter', 'message', 'phone', 'visit')", name=op.f("ck_contact_attempt_mode")
        ),
        sa.CheckConstraint(RESULTS, name=op.f("ck_contact_attempt_result")),
        sa.CheckConstraint(
            "voids_id IS NULL OR voids_id <> id", name=op.f("ck_contact_attempt_voids_another")
        ),
        sa.CheckConstraint(
            "voids_id IS NULL OR note <> ''", name=op.f("ck_contact_attempt_void_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["survey_case.id"], name=op.f("fk_contact_attempt_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["voids_id"], ["contact_attempt.id"], name=op.f("fk_contact_attempt_voids_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempt")),
        sa.UniqueConstraint("voids_id", name=op.f("uq_contact_attempt_voids_id")),
    )
    op.create_index(op.f("ix_contact_attempt_case_id"), "contact_attempt", ["case_id"])
    op.create_table(
        "reserve_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("case_id <> replaces_id", name=op.f("ck_reserve_release_another_case")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_reserve_release_reason")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["survey_case.id"], name=op.f("fk_reserve_release_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["survey_case.id"], name=op.f("fk_reserve_release_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserve_release")),
        sa.UniqueConstraint("case_id", name=op.f("uq_reserve_release_case_id")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_reserve_release_replaces_id")),
    )
    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
    # Codes that the older schema does not know: the case is open again.
    op.execute(f"UPDATE survey_case SET disposition = '3.0' WHERE NOT ({BEFORE})")
    _replace_check(AFTER, BEFORE)


def _replace_check(before: str, after: str) -> None:
    name = "ck_survey_case_disposition"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(name), "survey_case", type_="check")
        op.create_check_constraint(op.f(name), "survey_case", after)
        return
    # SQLite cannot alter a CHECK.  Rewriting its text is the documented way for a change that
    # touches no stored row (sqlite.org/lang_altertable.html, section 7): a table built anew would
    # lose its triggers and, with foreign keys on, the rows that point to it.
    bind = op.get_bind()
    version = bind.scalar(sa.text("PRAGMA schema_version"))
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = bind.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) "
            "WHERE type = 'table' AND name = 'survey_case' AND instr(sql, :before) > 0"
        ),
        {"before": before, "after": after},
    ).rowcount
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=RESET")
    if changed != 1:
        raise RuntimeError("survey_case does not carry the expected CHECK on dispositions")


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
