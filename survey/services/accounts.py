"""Accounts of the office: made with random passwords, checked with Argon2."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from survey.domain.roles import Role
from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput, NotFound, Problem
from survey.store import audit
from survey.store.models import User

MIN_PASSWORD_LENGTH = 12

_hasher = PasswordHasher()
#: Verified when the name is unknown, so that the answer takes as long as for a known one.
_NOBODY = _hasher.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class UserView:
    id: int
    name: str
    display_name: str
    role: Role
    must_change: bool
    session_key: str
    #: Of a unit's account: the unit it speaks for.
    unit_id: int | None = None


def ensure_admin(session: Session, *, now: datetime) -> str | None:
    """Make the first administrator if there is no account; return its password, once."""
    if session.scalar(select(exists().where(User.id.is_not(None)))):
        return None
    return create(session, "admin", Role.ADMIN, by="system", now=now)


def create(
    session: Session, name: str, role: Role, *, by: str, now: datetime, display_name: str = "",
    unit_id: int | None = None, must_change: bool = False,
) -> str:  # fmt: skip
    """Make an account with a random password and return it.  Raises Conflict, InvalidInput."""
    name = clean_line(name)
    if (role is Role.UNIT) != (unit_id is not None):
        raise InvalidInput(
            "Tài khoản của đơn vị, và chỉ tài khoản ấy, gắn với một đơn vị.",
            code="account.unit",
        )
    if _by_name(session, name) is not None:
        raise Conflict("Tên đăng nhập “%(name)s” đã có.", code="account.exists", name=name)
    password = secrets.token_urlsafe(12)
    session.add(
        User(
            name=name,
            display_name=display_name or name,
            role=role,
            password_hash=_hasher.hash(password),
            session_key=secrets.token_hex(16),
            must_change=must_change,
            unit_id=unit_id,
            created_at=now,
        )
    )
    audit.append(session, "account.created", by=by, at=now, account=name, role=role)
    return password


def reset_password(session: Session, name: str, *, by: str, now: datetime) -> str:
    """Give an account a new random password, to be changed at the next login.  Raises NotFound."""
    user = _known(session, name)
    password = secrets.token_urlsafe(12)
    _set_password(user, password)
    user.must_change = True
    audit.append(session, "account.password_reset", by=by, at=now, account=user.name)
    return password


def set_active(session: Session, name: str, active: bool, *, by: str, now: datetime) -> None:
    """Lock an account, which ends its sessions, or open it again.  Raises NotFound."""
    user = _known(session, name)
    user.active = active
    user.session_key = secrets.token_hex(16)
    action = "account.opened" if active else "account.locked"
    audit.append(session, action, by=by, at=now, account=user.name)
    session.flush()


def authenticate(session: Session, name: str, password: str, *, now: datetime) -> UserView | None:
    user = _by_name(session, clean_line(name))
    try:
        _hasher.verify(user.password_hash if user else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return _view(user) if user and user.active else None


def get(session: Session, user_id: int) -> UserView | None:
    user = session.get(User, user_id)
    return _view(user) if user and user.active else None


def change_password(
    session: Session, user_id: int, old: str, new: str, *, now: datetime
) -> Problem | None:
    """Change a password, ending other sessions; return what is wrong instead of doing it."""
    user = session.get(User, user_id)
    if user is None or authenticate(session, user.name, old, now=now) is None:
        return Problem("account.wrong_password", "Mật khẩu hiện tại không đúng.")
    if len(new) < MIN_PASSWORD_LENGTH:
        return Problem(
            "account.password_too_short",
            "Mật khẩu mới phải có ít nhất %(length)s ký tự.",
            {"length": MIN_PASSWORD_LENGTH},
        )
    _set_password(user, new)
    user.must_change = False
    audit.append(session, "account.password_changed", by=user.name, at=now)
    return None


def _set_password(user: User, password: str) -> None:
    user.password_hash = _hasher.hash(password)
    user.session_key = secrets.token_hex(16)


def _known(session: Session, name: str) -> User:
    user = _by_name(session, clean_line(name))
    if user is None:
        raise NotFound("Không có tài khoản “%(name)s”.", code="account.not_found", name=name)
    return user


def _by_name(session: Session, name: str) -> User | None:
    return session.scalars(select(User).where(User.name == name)).one_or_none()


def _view(user: User) -> UserView:
    return UserView(
        user.id, user.name, user.display_name, Role(user.role), user.must_change,
        user.session_key, user.unit_id,
    )  # fmt: skip
