"""Household rounds: ``flask household areas``, ``draw``, ``assign``, ``progress``, ``verify``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.table import Table

from survey.cli import door
from survey.services.households import assigning, listings, loading, overview

_STATES = {"": "chưa lập", "open": "đang lập", "closed": "đã chốt"}


@click.group()
def household() -> None:
    """Vòng hộ gia đình: khu vực, danh sách hộ, chọn hộ và người."""


@household.command("areas")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@door.wave_option
@with_appcontext
@door.refusals
def load_areas(file: Path, wave: str) -> None:
    """Nạp danh sách khu vực FILE (CSV: code, name, unit, households, stratum nếu có)."""
    with door.database().write() as session:
        n = loading.load(
            session, wave, file.read_bytes(), name=file.name, by=door.who(), now=door.now()
        )
    click.echo(f"Đã nạp {n} khu vực. Tiếp theo: flask household draw --seed … --wave {wave}")


@household.command("draw")
@door.wave_option
@click.option("--seed", required=True, help="Hạt giống công khai, ví dụ kết quả xổ số đã hẹn.")
@with_appcontext
@door.refusals
def draw(wave: str, seed: str) -> None:
    """Chọn khu vực với xác suất tỷ lệ với số hộ; mở đợt."""
    from survey.services.households import areas

    with door.database().write() as session:
        made = areas.draw_areas(session, wave, seed, by=door.who(), now=door.now())
    click.echo(
        f"Đã chọn {made.n_areas} khu vực, {made.n_cases} hồ sơ hộ.\nsha256 của mẫu: {made.digest}"
    )


@household.command("assign")
@click.argument("name")
@click.argument("areas", nargs=-1, required=True)
@door.wave_option
@with_appcontext
@door.refusals
def assign(name: str, areas: tuple[str, ...], wave: str) -> None:
    """Giao các khu vực AREAS cho điều tra viên NAME."""
    with door.database().write() as session:
        n = sum(
            assigning.assign(session, wave, area, name, by=door.who(), now=door.now())
            for area in areas
        )
    click.echo(f"Đã giao {len(areas)} khu vực ({n} hồ sơ) cho {name}.")


@household.command("progress")
@door.wave_option
@with_appcontext
@door.refusals
def progress(wave: str) -> None:
    """Danh sách hộ và phỏng vấn của từng khu vực."""
    with door.database().read() as session:
        found = overview.progress(session, wave)
    table = Table("Khu vực", "Đơn vị", "Điều tra viên", "Danh sách", "Hộ", "Chọn", "Đã trả lời")
    for row in found:
        counts = (row.n_listed, row.n_drawn, row.n_answered)
        table.add_row(row.code, row.unit, row.enumerator, _STATES[row.state], *map(str, counts))
    door.console().print(table)


@household.command("verify")
@door.wave_option
@with_appcontext
@door.refusals
def verify(wave: str) -> None:
    """Chọn lại từ hạt giống và các danh sách đã chốt; so với những gì đã lưu."""
    from survey.services.households import checking

    with door.database().read() as session:
        found = [*checking.areas(session, wave), *listings.verified(session, wave)]
        n = sum(row.state == "closed" for row in overview.progress(session, wave))
    for each in found:
        click.echo(
            f"SAI KHÁC ở {each['area']} ({each['differs']}): "
            f"đã lưu {each['told']}, chọn lại {each['wanted']}",
            err=True,
        )
    if found:
        sys.exit(1)
    click.echo(f"Đúng: khu vực, hộ và người của {n} danh sách đã chốt chọn lại giống hệt.")
