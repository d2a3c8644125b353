"""Accounts of the office and of the units."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from survey.cli import door
from survey.domain.calendar import local_day
from survey.domain.roles import Role
from survey.services import accounts, unit_accounts


@click.group()
def account() -> None:
    """Tài khoản của văn phòng và của đơn vị."""


@account.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="manager")
@click.option("--unit", "unit_code", help="Mã đơn vị, với --role unit.")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="Ngày đơn vị mang mã ấy; mặc định hôm nay."
)
@with_appcontext
@door.refusals
def create(name: str, role: str, unit_code: str | None, on: datetime | None) -> None:
    """Tạo tài khoản; mật khẩu ngẫu nhiên in ra một lần."""
    with door.database().write() as session:
        unit_id = None
        if unit_code:
            day = on.date() if on else local_day(door.now())
            unit_id = unit_accounts.unit_on(session, unit_code, day)
        password = accounts.create(
            session, name, Role(role), by=door.who(), now=door.now(), unit_id=unit_id,
            must_change=unit_id is not None,
        )  # fmt: skip
    click.echo(f"Tài khoản {name} ({role}), mật khẩu: {password}")


@account.command("units")
@door.wave_option
@click.option("--output", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
@door.refusals
def for_units(wave: str, output: Path) -> None:
    """Tạo tài khoản cho mọi đơn vị của đợt chưa có; mật khẩu ghi ra tệp CSV một lần."""
    made = []
    # Written before it is committed: no account is left whose password nobody has.
    with door.database().write() as session:
        while more := unit_accounts.make_missing(session, wave, by=door.who(), now=door.now()):
            made += more
        output.touch(mode=0o600)
        output.write_bytes(unit_accounts.csv_of(made))
    click.echo(f"Đã tạo {len(made)} tài khoản đơn vị; mật khẩu ở {output}.")


@account.command("reset-password")
@click.argument("name")
@with_appcontext
@door.refusals
def reset_password(name: str) -> None:
    """Đặt mật khẩu ngẫu nhiên mới; phải đổi ở lần đăng nhập sau."""
    with door.database().write() as session:
        password = accounts.reset_password(session, name, by=door.who(), now=door.now())
    click.echo(f"Tài khoản {name}, mật khẩu mới: {password}")


@account.command("lock")
@click.argument("name")
@with_appcontext
@door.refusals
def lock(name: str) -> None:
    """Khoá tài khoản NAME; phiên đang mở của nó chấm dứt."""
    with door.database().write() as session:
        accounts.set_active(session, name, False, by=door.who(), now=door.now())
    click.echo(f"Đã khoá tài khoản {name}.")


@account.command("unlock")
@click.argument("name")
@with_appcontext
@door.refusals
def unlock(name: str) -> None:
    """Mở khoá tài khoản NAME."""
    with door.database().write() as session:
        accounts.set_active(session, name, True, by=door.who(), now=door.now())
    click.echo(f"Đã mở khoá tài khoản {name}.")
