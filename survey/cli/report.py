"""Reports: ``flask report make``."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from survey import jobs
from survey.cli import door


@click.group()
def report() -> None:
    """Báo cáo kết quả bằng Word, PDF và phụ lục XLSX."""


@report.command("make")
@door.wave_option
@click.option("--output", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="Tệp .docx, .pdf hoặc .xlsx.")  # fmt: skip
@click.option(
    "--about",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML: parent, organisation, number, symbol, place, on, subject, bases, recipients, "
    "signer_title, signer_name.",
)
@with_appcontext
@door.refusals
def make(wave: str, output: Path, about: Path | None) -> None:
    """Làm báo cáo từ bảng đã công bố (chưa công bố thì là dự thảo)."""
    kind = output.suffix.removeprefix(".")
    if kind not in ("docx", "pdf", "xlsx"):
        raise click.UsageError("Tên tệp phải kết thúc bằng .docx, .pdf hoặc .xlsx")
    try:
        words = tomllib.loads(about.read_text(encoding="utf-8")) if about else {}
    except (ValueError, RecursionError) as fault:
        raise click.UsageError(f"{about}: không phải TOML: {fault}") from None
    door.database()
    with door.progress_bar("Làm báo cáo") as progress:
        made = jobs.run_here(
            current_app, "report", progress, wave=wave, by=door.who(), about=words, kinds=[kind]
        )
    output.write_bytes(made[kind])
    click.echo(f"Đã ghi {output} ({len(made[kind])} byte).")
