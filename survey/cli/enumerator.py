"""Enumerators: ``flask enumerator create``, ``assign``, ``address``, ``lost``, ``intake`` …"""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.table import Table

from survey import jobs
from survey.cli import door
from survey.domain.roles import Role
from survey.services import accounts
from survey.services.intake import enumerators, outbox


@click.group()
def enumerator() -> None:
    """Điều tra viên: tài khoản, hồ sơ được giao, địa chỉ bí mật của máy."""


@enumerator.command("create")
@click.argument("name")
@click.option("--title", default="", help="Họ tên.")
@with_appcontext
@door.refusals
def create(name: str, title: str) -> None:
    """Tạo tài khoản điều tra viên; mật khẩu ngẫu nhiên in ra một lần."""
    with door.database().write() as session:
        password = accounts.create(
            session, name, Role.ENUMERATOR, by=door.who(), now=door.now(), display_name=title
        )
    click.echo(f"Điều tra viên {name}, mật khẩu: {password}")


@enumerator.command("assign")
@click.argument("name")
@door.wave_option
@click.option("--case", "references", multiple=True, help="Mã hồ sơ (lặp lại được).")
@click.option("--unit", default="", help="Mã đơn vị: mọi hồ sơ chưa giao của đơn vị.")
@with_appcontext
@door.refusals
def assign(name: str, wave: str, references: tuple[str, ...], unit: str) -> None:
    """Giao hồ sơ cho điều tra viên."""
    given = {"by": door.who(), "now": door.now()}
    with door.database().write() as session:
        n = enumerators.assign(session, wave, name, references, **given)
        if unit:
            n += enumerators.assign_unit(session, wave, name, unit, **given)
    click.echo(f"Đã giao {n} hồ sơ cho {name}.")


@enumerator.command("address")
@click.argument("name")
@with_appcontext
@door.refusals
def address(name: str) -> None:
    """Cấp địa chỉ mới cho máy của điều tra viên; địa chỉ cũ không dùng được nữa."""
    with door.database().write() as session:
        token = enumerators.issue_address(
            session,
            name,
            code_key=door.settings().code_key_bytes,
            by=door.who(),
            now=door.now(),
        )
    click.echo(f"{door.settings().public_url}/odk/{token}")


@enumerator.command("lock")
@click.argument("name")
@with_appcontext
@door.refusals
def lock(name: str) -> None:
    """Khoá máy của điều tra viên: địa chỉ của máy không dùng được nữa."""
    with door.database().write() as session:
        n = enumerators.revoke_address(session, name, by=door.who(), now=door.now())
    click.echo(f"Đã khoá {n} địa chỉ của {name}.")


@enumerator.command("lost")
@click.argument("name")
@with_appcontext
@door.refusals
def lost(name: str) -> None:
    """Máy bị mất: khoá địa chỉ và thu lại các hồ sơ chưa có phiếu."""
    with door.database().write() as session:
        n = enumerators.lose_device(session, name, by=door.who(), now=door.now())
    click.echo(f"Đã khoá máy của {name}; {n} hồ sơ chưa có phiếu có thể giao cho người khác.")


@enumerator.command("list")
@door.wave_option
@with_appcontext
@door.refusals
def listing(wave: str) -> None:
    """Liệt kê điều tra viên và hồ sơ của họ trong đợt."""
    with door.database().read() as session:
        found = enumerators.listing(session, wave, code_key=door.settings().code_key_bytes)
    table = Table("Tên", "Họ tên", "Được giao", "Đã trả lời", "Cách ly", "Máy")
    for each in found:
        counts = (str(each.n_cases), str(each.n_answered), str(each.n_held))
        table.add_row(each.name, each.display_name, *counts, "có" if each.has_address else "chưa")
    door.console().print(table)


@enumerator.command("intake")
@with_appcontext
@door.refusals
def intake() -> None:
    """Xử lý ngay các phiếu thực địa vừa nhận (bình thường máy làm việc này mỗi vài giây)."""
    door.database()
    n = jobs.run_here(current_app, "intake", lambda _done, _total, _message: None)
    click.echo(f"Đã xử lý {n} phiếu.")


@enumerator.command("open")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
@door.refusals
def open_outbox(file: Path) -> None:
    """Nạp tệp phiếu chưa gửi (unsent.json) của một máy không có mạng."""
    settings = door.settings()
    with door.database().write() as session:
        lines = outbox.take_in(
            session, file.read_bytes(), code_key=settings.code_key_bytes, by=door.who(),
            now=door.now(),
        )  # fmt: skip
    for each in lines:
        told = each.problem.message % each.problem.facts if each.problem else ""
        click.echo(f"{each.number} {each.kind} {each.enumerator}: {each.outcome} {told}".rstrip())
