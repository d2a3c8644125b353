"""Accounts that speak for one unit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

ROLES = ("admin", "manager", "analyst", "viewer", "enumerator")


def upgrade() -> None:
    _set_roles((*ROLES, "unit"))
    with op.batch_alter_table("account") as table:
        table.add_column(sa.Column("unit_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_account_unit_id_unit"), "unit", ["unit_id"], ["id"])
        table.create_check_constraint(
            op.f("ck_account_own_unit"), "(role = 'unit') = (unit_id IS NOT NULL)"
        )
    op.create_index(op.f("ix_account_unit_id"), "account", ["unit_id"])


def downgrade() -> None:
    """An account of a unit has no place before: it goes, its acts stay in the logs."""
    op.execute("DELETE FROM account WHERE role = 'unit'")
    op.drop_index(op.f("ix_account_unit_id"), "account")
    with op.batch_alter_table("account") as table:
        table.drop_constraint(op.f("ck_account_own_unit"), type_="check")
        table.drop_constraint(op.f("fk_account_unit_id_unit"), type_="foreignkey")
        table.drop_column("unit_id")
    _set_roles(ROLES)


def _set_roles(roles: tuple[str, ...]) -> None:
    named = ", ".join(f"'{role}'" for role in roles)
    with op.batch_alter_table("account") as table:
        table.drop_constraint(op.f("ck_account_role"), type_="check")
        table.create_check_constraint(op.f("ck_account_role"), f"role IN ({named})")
