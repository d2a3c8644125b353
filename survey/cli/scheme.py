"""Schemes: checked, kept, written, compared, tried on a wave's data: ``flask scheme …``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.table import Table

from survey import jobs
from survey.cli import door
from survey.services.schemes import register, telling, writing

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def scheme() -> None:
    """Bộ chỉ số: kiểm tra, nạp, ghi ra tệp, so sánh, tính thử."""


@scheme.command("lint")
@click.argument("file", type=FILE)
def lint(file: Path) -> None:
    """Kiểm tra FILE (TOML hoặc XLSX); in mọi lỗi kèm ô hoặc khoá. Không cần cơ sở dữ liệu."""
    from survey.services.schemes import reading

    checked = reading.check(file.read_bytes())
    for problem in checked.problems:
        click.echo(str(problem), err=True)
    if checked.scheme is None:
        click.echo(f"{len(checked.problems)} lỗi.", err=True)
        sys.exit(1)
    found = checked.scheme
    click.echo(f"Không có lỗi: {found.title['vi']}, {len(found.areas)} lĩnh vực, ", nl=False)
    click.echo(f"{found.max_points:g} điểm. SHA-256 {found.sha256}")


@scheme.command("import")
@click.argument("file", type=FILE)
@with_appcontext
@door.refusals
def take_in(file: Path) -> None:
    """Nạp bộ chỉ số từ FILE (TOML hoặc XLSX) nếu không có lỗi."""
    with door.database().write() as session:
        number = register.take_in(session, file.read_bytes(), by=door.who(), now=door.now())
    click.echo(f"Đã có bộ chỉ số số {number}.")


@scheme.command("list")
@with_appcontext
@door.refusals
def list_schemes() -> None:
    """Liệt kê bộ chỉ số đã nạp và bộ có sẵn."""
    with door.database().read() as session:
        for each in register.listed(session):
            number = "có sẵn" if each.id is None else str(each.id)
            used = ", ".join(each.waves) or "–"
            click.echo(
                f"{number}\t{each.name}\t{each.valid_from:%d/%m/%Y}\t{each.max_points:g} điểm\t"
                f"{used}\t{each.sha256[:12]}\t{each.titles['vi']}"
            )


@scheme.command("export")
@click.argument("reference")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True)
@with_appcontext
@door.refusals
def export(reference: str, output: Path) -> None:
    """Ghi bộ chỉ số REFERENCE (số, mã, mã@ngày, SHA-256) ra tệp .toml hoặc .xlsx."""
    kind = output.suffix.removeprefix(".")
    if kind not in writing.KINDS:
        raise click.UsageError("Tên tệp phải kết thúc bằng .toml hoặc .xlsx")
    output.write_bytes(writing.written(_find(reference), kind))
    click.echo(f"Đã ghi {output}.")


@scheme.command("diff")
@click.argument("before")
@click.argument("after")
@with_appcontext
@door.refusals
def diff(before: str, after: str) -> None:
    """So hai bộ chỉ số; mỗi bên là một tệp hoặc số, mã, mã@ngày, SHA-256."""
    lines = telling.differences(_find(before), _find(after))
    for line in lines:
        click.echo(str(line))
    click.echo(f"{len(lines)} khác biệt." if lines else "Hai bộ chỉ số giống nhau.")


@scheme.command("recompute")
@door.wave_option
@click.option("--scheme", "reference", required=True, help="Số, mã, mã@ngày hoặc SHA-256.")
@with_appcontext
@door.refusals
def recompute(wave: str, reference: str) -> None:
    """Tính lại số liệu của một đợt theo bộ chỉ số khác; kết quả đợt không đổi."""
    with door.progress_bar("Tính lại") as report:
        number, found = jobs.run_here(
            current_app, "scheme.replay", report, wave=wave, scheme=reference, by=door.who()
        )
    console = door.console()
    console.print(f"[bold]{telling.replay_label(found)}[/bold]")
    console.print(_replayed(found))
    for line in telling.replay_notes(found):
        console.print(str(line))
    click.echo(f"Lần tính thử {number}; xem trang /van-phong/bo-chi-so/tinh-thu/{number}")


def _find(reference: str):
    path = Path(reference)
    if path.suffix in (".toml", ".xlsx") and path.is_file():
        from survey.services.schemes import reading

        return reading.read(path.read_bytes())
    with door.database().read() as session:
        return register.find(session, reference)


def _replayed(found: dict[str, Any]) -> Table:
    shown = Table("Đơn vị", "Chỉ số %", "Tính thử %", "±", "Hạng", "Tính thử", "Xếp loại tính thử")
    decimals = found["after"]["decimals"]
    for row in found["rows"]:
        old, new = row["before"], row["after"]
        if old is None or new is None:
            shown.add_row(row["name"], *["–"] * 6)
            continue
        shown.add_row(
            row["name"],
            f"{old['index']:.{found['before']['decimals']}f}",
            f"{new['index']:.{decimals}f}",
            f"{new['index'] - old['index']:+.{decimals}f}",
            str(old["rank"]),
            str(new["rank"]),
            new["band"]["vi"],
        )
    return shown
