"""A submitted answer writes nothing in its case: the case only stops waiting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "case_waiting",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["survey_case.id"],
            name=op.f("fk_case_waiting_case_id_survey_case"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_waiting")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO case_waiting (case_id) SELECT id FROM survey_case WHERE disposition <> '1.0'"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """
            CREATE FUNCTION case_waits() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO case_waiting (case_id) SELECT id FROM made; RETURN NULL; END $$
            """
        )
        op.execute(
            "CREATE TRIGGER survey_case_waits AFTER INSERT ON survey_case "
            "REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION case_waits()"
        )
        return
    op.execute(
        "CREATE TRIGGER survey_case_waits AFTER INSERT ON survey_case "
        "BEGIN INSERT INTO case_waiting (case_id) VALUES (NEW.id); END"
    )


def downgrade() -> None:
    after = " ON survey_case" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER survey_case_waits{after}")
    if after:
        op.execute("DROP FUNCTION case_waits()")
    op.execute(
        "UPDATE survey_case SET disposition = '1.0', opened = true "
        "WHERE id NOT IN (SELECT case_id FROM case_waiting)"
    )
    op.drop_table("case_waiting")
