"""Who may do what in the office."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    ANALYST = "analyst"
    VIEWER = "viewer"
    #: Works assigned cases in the field; sees no page of the office.
    ENUMERATOR = "enumerator"
    #: Speaks for the one unit that its account is bound to; sees nothing of another.
    UNIT = "unit"


#: Each role holds the rights of those listed with it.
INCLUDES = {
    #: Everything but a unit's own voice: who decides on claims does not make them as the unit.
    Role.ADMIN: frozenset(Role) - {Role.UNIT},
    Role.MANAGER: frozenset({Role.MANAGER, Role.ANALYST, Role.VIEWER, Role.ENUMERATOR}),
    Role.ANALYST: frozenset({Role.ANALYST, Role.VIEWER}),
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.ENUMERATOR: frozenset({Role.ENUMERATOR}),
    Role.UNIT: frozenset({Role.UNIT}),
}


def may(role: Role, needed: Role) -> bool:
    return needed in INCLUDES[role]
