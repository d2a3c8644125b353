"""Microdata as files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask

from survey.services import exports
from survey.store.session import Database
from survey.work.progress import Progress, now, now_and_then


def to_file(
    app: Flask, progress: Progress, wave: str, path: Path, order: dict[str, Any], by: str
) -> Any:
    """Lay the rows down in one look at the database, then write the files without it."""
    from survey.services.microdata import files

    database: Database = app.extensions["database"]
    listed = {name: tuple(order.get(name, ())) for name in ("formats", "leave_out")}
    wanted = files.Order(**{**order, **listed})
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=".microdata-") as folder:
        progress(0, 1, "Đọc phiếu trả lời")
        with database.read() as session:
            export = files.lay_down(session, wave, wanted, Path(folder), now=now())
        made = files.write(export, path, progress)
    with database.write() as session:
        exports.record(
            session, wave, order, n_rows=made.n_rows, sha256=made.sha256, by=by, now=now()
        )
    return made


def to_folder(
    app: Flask, progress: Progress, wave: str, name: str, order: dict[str, Any], by: str
) -> Any:
    folder = exports.folder(app.extensions["settings"].instance_dir)
    return to_file(app, now_and_then(progress), wave, folder / name, order, by)
