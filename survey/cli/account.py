"""Accounts of the office."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from survey.cli import door
from survey.domain.roles import Role
from survey.services import accounts


@click.group()
def account() -> None:
    """Tài khoản của văn phòng."""


@account.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="manager")
@with_appcontext
@door.refusals
def create(name: str, role: str) -> None:
    """Tạo tài khoản; mật khẩu ngẫu nhiên in ra một lần."""
    with door.database().write() as session:
        password = accounts.create(session, name, Role(role), by=door.who(), now=door.now())
    click.echo(f"Tài khoản {name} ({role}), mật khẩu: {password}")


@account.command("reset-password")
@click.argument("name")
@with_appcontext
@door.refusals
def reset_password(name: str) -> None:
    """Đặt mật khẩu ngẫu nhiên mới; phải đổi ở lần đăng nhập sau."""
    with door.database().write() as session:
        password = accounts.reset_password(session, name, by=door.who(), now=door.now())
    click.echo(f"Tài khoản {name}, mật khẩu mới: {password}")
