"""Accounts of a wave's units: made, given a new password, locked, by the home-affairs office."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.collation import sort_key
from survey.domain.roles import Role
from survey.errors import NotFound
from survey.services import accounts
from survey.store import units, waves
from survey.store.models import Unit, User

#: A password is made slow on purpose; one request makes no more of them.
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class AccountLine:
    name: str
    display_name: str
    active: bool
    must_change: bool


@dataclass(frozen=True, slots=True)
class UnitLine:
    id: int
    code: str
    name: str
    #: What a new account would be called.
    suggested: str
    accounts: tuple[AccountLine, ...]


@dataclass(frozen=True, slots=True)
class Made:
    unit_code: str
    unit: str
    name: str
    password: str


def listing(session: Session, slug: str) -> list[UnitLine]:
    """Every unit of a wave with its accounts.  Raises NotFound."""
    found = units.of_wave(session, waves.get(session, slug).id)
    query = select(User).where(User.unit_id.in_([unit.id for unit in found])).order_by(User.name)
    held: dict[int, list[AccountLine]] = {}
    for user in session.scalars(query):
        line = AccountLine(user.name, user.display_name, user.active, user.must_change)
        held.setdefault(user.unit_id, []).append(line)
    taken = set(session.scalars(select(User.name)))
    lines = [
        UnitLine(each.id, each.code, each.name, _free(each, taken), tuple(held.get(each.id, ())))
        for each in found
    ]
    return sorted(lines, key=lambda line: sort_key(line.name))


def make(
    session: Session, slug: str, unit_id: int, name: str, *, display_name: str = "", by: str,
    now: datetime,
) -> Made:  # fmt: skip
    """An account for a unit of the wave; its password is told once and changed at first login.

    Raises NotFound, Conflict.
    """
    line = _line(session, slug, unit_id)
    name = name.strip() or line.suggested
    password = accounts.create(
        session, name, Role.UNIT, by=by, now=now, display_name=display_name.strip() or line.name,
        unit_id=unit_id, must_change=True,
    )  # fmt: skip
    return Made(line.code, line.name, name, password)


def make_missing(session: Session, slug: str, *, by: str, now: datetime) -> list[Made]:
    """An account for every unit of the wave that has none, up to `MOST_AT_ONCE`.

    Raises NotFound.
    """
    bare = [line for line in listing(session, slug) if not line.accounts][:MOST_AT_ONCE]
    return [make(session, slug, line.id, line.suggested, by=by, now=now) for line in bare]


def new_password(session: Session, slug: str, name: str, *, by: str, now: datetime) -> Made:
    """Raises NotFound for an account that speaks for no unit of the wave."""
    line = _of_account(session, slug, name)
    password = accounts.reset_password(session, name, by=by, now=now)
    return Made(line.code, line.name, name, password)


def set_active(
    session: Session, slug: str, name: str, active: bool, *, by: str, now: datetime
) -> None:
    """Lock an account or open it again.  Raises NotFound."""
    _of_account(session, slug, name)
    accounts.set_active(session, name, active, by=by, now=now)


def unit_on(session: Session, code: str, day: date) -> int:
    """The unit that carries a code on a day.  Raises NotFound."""
    found = units.valid_on(session, code, day)
    if found is None:
        raise NotFound("Không có đơn vị mã “%(code)s”.", code="unit.unknown", code_=code)
    return found.id


def csv_of(made: Sequence[Made]) -> bytes:
    """Passwords, told once: one line an account."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["unit_code", "unit", "name", "password"])
    writer.writerows([(each.unit_code, each.unit, each.name, each.password) for each in made])
    return out.getvalue().encode("utf-8-sig")


def _free(unit: Unit, taken: set[str]) -> str:
    plain = f"dv-{unit.code}"
    return f"{plain}-{unit.valid_from:%Y}" if plain in taken else plain


def _line(session: Session, slug: str, unit_id: int) -> UnitLine:
    for line in listing(session, slug):
        if line.id == unit_id:
            return line
    raise NotFound("Đợt này không có mục hay đơn vị ấy.", code="unit.not_found")


def _of_account(session: Session, slug: str, name: str) -> UnitLine:
    for line in listing(session, slug):
        if name in {each.name for each in line.accounts}:
            return line
    raise NotFound("Không có tài khoản “%(name)s”.", code="account.not_found", name=name)
