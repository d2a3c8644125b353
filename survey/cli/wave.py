"""The life of a wave."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from survey.cli import door
from survey.services import retention, units, waves
from survey.services.fieldwork import monitor


@click.command()
@with_appcontext
@door.refusals
def purge() -> None:
    """Xoá liên hệ, phiếu viết dở, tệp danh sách đã hết hạn (tiến trình nền tự làm mỗi đêm)."""
    with door.database().write() as session:
        gone = retention.purge(
            session, by=door.who(), now=door.now(), folder=door.settings().instance_dir
        )
    click.echo(
        f"Đã xoá {gone.n_contacts} liên hệ, {gone.n_drafts} phiếu viết dở "
        f"và {gone.n_files} tệp danh sách đã gửi lên."
    )


@click.group()
def wave() -> None:
    """Đợt khảo sát: danh sách, mở, đóng, công khai kết quả."""


@wave.command("create")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
@door.refusals
def create(file: Path) -> None:
    """Lập đợt khảo sát từ FILE (TOML): đơn vị, khoảng thời gian, phiếu hỏi, bộ chỉ số."""
    from survey.services import wave_setup
    from survey.services.households import plan

    with door.database().write() as session:
        units.load_register(session)
        slug = wave_setup.create(
            session, file.read_bytes(), folder=file.parent, by=door.who(), now=door.now()
        )
        next_step = "household areas" if plan.is_round(session, slug) else "frame import"
    click.echo(f"Đã lập đợt {slug}. Tiếp theo: flask {next_step} TỆP.csv --wave {slug}")


@wave.command("list")
@with_appcontext
@door.refusals
def list_waves() -> None:
    """Liệt kê các đợt khảo sát."""
    with door.database().read() as session:
        for found in monitor.waves_list(session):
            click.echo(f"{found.slug}\t{found.state}\t{found.n_frame} hồ sơ\t{found.titles['vi']}")


@wave.command("open")
@door.wave_option
@with_appcontext
@door.refusals
def open_wave(wave: str) -> None:
    """Nhận phiếu trở lại."""
    with door.database().write() as session:
        waves.open_wave(session, wave, by=door.who(), now=door.now())
    click.echo(f"Đợt {wave} đang mở.")


@wave.command("close")
@door.wave_option
@with_appcontext
@door.refusals
def close_wave(wave: str) -> None:
    """Ngừng nhận phiếu."""
    with door.database().write() as session:
        waves.close_wave(session, wave, by=door.who(), now=door.now())
    click.echo(f"Đợt {wave} đã đóng.")


@wave.command("show-results")
@door.wave_option
@click.option("--public/--private", default=True, help="Công khai hay chỉ trong văn phòng.")
@with_appcontext
@door.refusals
def show_results(wave: str, public: bool) -> None:
    """Cho mọi người xem kết quả, hoặc thôi."""
    with door.database().write() as session:
        waves.set_public(session, wave, public, by=door.who(), now=door.now())
    click.echo(f"Kết quả đợt {wave}: {'công khai' if public else 'chỉ trong văn phòng'}.")
