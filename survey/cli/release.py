"""Releases of the index table: ``flask index release``, ``flask index verify`` and their kin."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.table import Table

from survey import jobs
from survey.cli import door
from survey.services.release import releases, signing

_FILE = click.Path(exists=True, path_type=Path)


def add_to(group: click.Group) -> None:
    """Hang the commands under ``flask index``."""
    for command in (release, verify, bundle, history, key):
        group.add_command(command)


@click.command("release")
@door.wave_option
@click.option("--reason", default="", help="Lý do đính chính; bắt buộc từ bản thứ hai.")
@with_appcontext
@door.refusals
def release(wave: str, reason: str) -> None:
    """Đóng băng bảng chỉ số với mọi đầu vào thành tệp có chữ ký, và công khai."""
    door.database()
    with door.progress_bar("Công bố") as report:
        made, built = jobs.run_here(
            current_app, "release", report, wave=wave, by=door.who(), reason=reason
        )
    n = len(built.changes["cells"])
    click.echo(
        f"Đã công bố bản {made.number} của {wave}: {built.n_cells} ô tính lại được từ tệp đã ký.\n"
        f"sha256 của manifest.json: {made.manifest_sha256}\n"
        f"Khoá công khai: {made.public_key}"
        + (f"\nKhác bản {made.number - 1} ở {n} ô." if built.changes["previous"] else "")
    )


@click.command("verify")
@click.argument("file", type=_FILE)
@click.option("--key", default="", help="Khoá công khai của cơ quan (64 chữ số) hoặc tệp chứa nó.")
@click.option("--previous", type=_FILE, help="Tệp của bản công bố trước, để kiểm tra thay đổi.")
@with_appcontext
@door.refusals
def verify(file: Path, key: str, previous: Path | None) -> None:
    """Tính lại bảng từ tệp công bố FILE; không cần cơ sở dữ liệu."""
    from survey.services.release import check

    if key and Path(key).is_file():
        key = Path(key).read_text(encoding="utf-8").strip()
    found = check.check(file, public_key=key, previous=previous)
    if not found.agrees:
        click.echo(f"SAI KHÁC: {found.differs % dict(found.facts)}", err=True)
        if not found.same_program:
            click.echo("Chương trình này khác bản đã tính bảng (xem software.json).", err=True)
        _tell_versions(found.versions)
        sys.exit(1)
    depth = "từng phiếu trả lời" if found.full else "tổng theo đơn vị"
    click.echo(
        f"Đúng: bản {found.number} của {found.wave}, {found.n_cells} ô tính lại từ {depth}.\n"
        f"sha256 của manifest.json: {found.manifest_sha256}\n"
        f"Ký bằng khoá: {found.public_key} ({signing.fingerprint(found.public_key)})"
    )
    if not key:
        click.echo("Hãy so khoá này với khoá trên trang công khai của cơ quan (--key).")
    if not found.same_program:
        click.echo("Chương trình này khác bản đã tính bảng; lời giải thích không được so.")
    _tell_versions(found.versions)


def _tell_versions(versions: tuple[tuple[str, str, str], ...]) -> None:
    """Packages in another version than the one that computed the table."""
    for name, was, here in versions:
        click.echo(
            f"Phiên bản khác: {name} {was} khi công bố, {here or 'không có'} ở đây.", err=True
        )


@click.command("bundle")
@door.wave_option
@click.option("--number", type=int, help="Số của bản công bố (mặc định: bản mới nhất).")
@click.option("--full", is_flag=True, help="Tệp có từng phiếu, chỉ dành cho kiểm toán.")
@click.option("--reason", default="", help="Với --full: giao cho ai, để làm gì; được ghi lại.")
@door.output_option("Tệp zip (mặc định: trong thư mục instance).")
@with_appcontext
@door.refusals
def bundle(wave: str, number: int | None, full: bool, reason: str, output: Path | None) -> None:
    """Ghi tệp của một bản công bố."""
    if full and not reason.strip():
        raise click.UsageError("Tệp đầy đủ có từng phiếu: hãy nêu --reason.")
    if full:
        with door.database().write() as session:
            number, content = releases.full_bundle(
                session, wave, number, reason=reason, by=door.who(), now=door.now()
            )
    else:
        with door.database().read() as session:
            number, content = releases.bundle(session, wave, number)
    name = f"chi-so-{wave}-ban-{number}{'-day-du' if full else ''}.zip"
    output = output or door.settings().instance_dir / name
    output.touch(mode=0o600)
    output.write_bytes(content)
    click.echo(f"Đã ghi {output}. Kiểm tra: flask index verify {output}")


@click.command("releases")
@door.wave_option
@with_appcontext
@door.refusals
def history(wave: str) -> None:
    """Các bản đã công bố, và mỗi bản đổi gì so với bản trước."""
    with door.database().read() as session:
        found = releases.of_wave(session, wave, "vi")
    for each in found.releases:
        title = f"Bản {each.number}, {each.released_at:%Y-%m-%d %H:%M} UTC, {each.released_by}"
        click.echo(f"{title}\n  {each.manifest_sha256}  {each.reason}")
        if each.inputs:
            click.echo(f"  Đầu vào đã đổi: {', '.join(each.inputs)}")
        if each.cells:
            table = Table("Đơn vị", "Cột", "Bản trước", "Bản này")
            for cell in each.cells:
                table.add_row(cell.name, cell.title, cell.before, cell.after)
            door.console().print(table)
    if not found.releases:
        click.echo("Chưa công bố bản nào.")


@click.command("key")
@with_appcontext
@door.refusals
def key() -> None:
    """In khoá công khai mà người ngoài dùng để kiểm tra chữ ký."""
    click.echo(signing.public_hex(signing.private_key(door.settings().release_key)))
