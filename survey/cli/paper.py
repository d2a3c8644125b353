"""What goes to the printer: slips with one-time codes, posters for the desks."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask.cli import with_appcontext

from survey.cli import door
from survey.services import paper as service


@click.group()
def slips() -> None:
    """Phiếu mời có mã QR dùng một lần."""


@slips.command("print")
@door.wave_option
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Tệp PDF (mặc định: trong thư mục instance).",
)
@click.option("--reissue", is_flag=True, help="Cấp lại mã cho mọi hồ sơ chưa trả lời.")
@click.option("--reason", default="", help="Lý do cấp lại (bắt buộc khi có --reissue).")
@with_appcontext
@door.refusals
def print_slips(wave: str, output: Path | None, reissue: bool, reason: str) -> None:
    """In phiếu mời cho hồ sơ trong mẫu chưa có mã; mã chỉ tồn tại trên phiếu."""
    output = output or door.settings().instance_dir / f"phieu-moi-{wave}.pdf"
    if output.exists():
        raise click.UsageError(f"{output} đã có; mã trên đó không in lại được. Chọn tên khác.")
    with door.database().write() as session:
        n, content = service.slips_pdf(
            session,
            wave,
            public_url=door.settings().public_url,
            code_key=door.settings().code_key_bytes,
            reissue_reason=reason if reissue else None,
            by=door.who(),
            now=door.now(),
        )
        # Written before the commit: a code that is on no paper must not exist.
        if n:
            _write_private(output, content)
    if n:
        click.echo(f"Đã in {n} phiếu mời vào {output}. Giữ kín tệp này và xoá sau khi in.")
    else:
        click.echo("Mọi hồ sơ trong mẫu đã có mã. Cấp lại: --reissue --reason “…”.")


@click.group()
def posters() -> None:
    """Áp phích mã QR đặt tại Bộ phận Một cửa."""


@posters.command("print")
@door.wave_option
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
@door.refusals
def print_posters(wave: str, output: Path | None) -> None:
    """In áp phích cho từng đơn vị; câu trả lời từ áp phích chỉ để theo dõi."""
    output = output or door.settings().instance_dir / f"ap-phich-{wave}.pdf"
    with door.database().read() as session:
        n, content = service.posters_pdf(session, wave, public_url=door.settings().public_url)
    output.write_bytes(content)
    click.echo(f"Đã in {n} áp phích vào {output}.")


def _write_private(path: Path, content: bytes) -> None:
    """Codes are secrets: the file is the owner's alone, and an existing one is never replaced."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
