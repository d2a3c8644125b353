"""Frames: ``flask frame import``."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from survey.cli import door
from survey.services import frame as service


@click.group()
def frame() -> None:
    """Danh sách hồ sơ (dàn mẫu)."""


@frame.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@door.wave_option
@with_appcontext
@door.refusals
def import_file(file: Path, wave: str) -> None:
    """Nạp danh sách hồ sơ một cửa từ FILE (CSV, UTF-8); báo mọi lỗi, không nạp dở dang."""
    with (
        door.progress_bar("Nạp danh sách hồ sơ") as report,
        door.database().write() as session,
    ):
        made = service.import_file(
            session,
            wave,
            file.read_bytes(),
            name=file.name,
            contact_key=door.settings().contact_key,
            by=door.who(),
            now=door.now(),
            progress=report,
        )
    click.echo(
        f"Đã nạp {made.n_dossiers} hồ sơ ({made.n_contacts} có liên hệ) từ {made.name}.\n"
        f"sha256: {made.sha256}"
    )
