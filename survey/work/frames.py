"""Sampling frames: files checked and stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from flask import Flask

from survey.config import Settings
from survey.domain.calendar import local_day
from survey.domain.frame_layout import Layout
from survey.errors import Conflict
from survey.services.frames import staging, storing, target, uploads
from survey.store.session import Database
from survey.work.progress import Progress, now, now_and_then, silent


def load(
    app: Flask,
    progress: Progress,
    wave: str,
    path: Path,
    name: str,
    layout: Layout,
    by: str,
    faults_file: TextIO | None = None,
    upload: int | None = None,
    only_check: bool = False,
) -> Any:
    """Check a file and store its frame; while it is read, nobody waits for the database."""
    database: Database = app.extensions["database"]
    settings: Settings = app.extensions["settings"]
    with database.read() as session:
        wanted = target.of(session, wave)
    with staging.check(
        wanted,
        path,
        layout,
        name=name,
        contact_key=settings.contact_key,
        today=local_day(now()),
        faults_file=faults_file,
        progress=progress,
    ) as checked:
        if upload is not None:
            with database.write() as session:
                uploads.keep_report(session, wave, upload, uploads.report(checked))
        if only_check:
            return checked.summary()
        checked.refuse_faults()
        progress(checked.n_frame, checked.n_frame, "Ghi vào cơ sở dữ liệu")
        # A row of this database cannot tell how far it is while the same database is written.
        tell = progress if upload is None else silent
        with database.write() as session:
            made = storing.store(session, checked, by=by, now=now(), progress=tell)
            if upload is not None:
                uploads.loaded(session, wave, upload)
    return made


def check_or_load(
    app: Flask, progress: Progress, wave: str, upload: int, by: str, keep: bool
) -> Any:
    """A file that came through the office's page: checked, or checked and loaded."""
    folder = app.extensions["settings"].instance_dir
    with app.extensions["database"].read() as session:
        found = uploads.get(session, wave, upload, folder=folder)
    if found.path is None:
        raise Conflict("Tệp đã bị xoá; hãy gửi lại.", code="upload.gone")
    with found.faults_path.open("w", encoding="utf-8-sig", newline="") as faults_file:
        made = load(
            app,
            now_and_then(progress),
            *(wave, found.path, found.name, found.layout, by, faults_file, upload),
            only_check=not keep,
        )
    if keep:
        uploads.delete_file(folder, found.path.name)
    return made
