"""The work of background jobs, and the queue that brings it to a worker.

A page asks through ``survey.services.jobs``; the row commits; then the id is queued here.  The
worker is its own process: only it loads numpy, scipy and pandas.  The command line runs the same
work in the foreground through ``run_here``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, TextIO

import structlog
from flask import Flask
from huey import Huey, crontab
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from survey.config import Settings
from survey.counting import Flusher
from survey.domain.calendar import local_day
from survey.domain.frame_layout import Layout
from survey.errors import Conflict, SurveyError
from survey.services import jobs, paradata, retention, screening_review, seal
from survey.services.frames import staging, storing, target, uploads
from survey.store.session import Database

Progress = Callable[[int, int, str], None]

log = structlog.get_logger(__name__)


def make_huey(settings: Settings) -> Huey:
    """The queue: in a SQLite file of the instance, or in the PostgreSQL database."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        from huey import SqliteHuey

        settings.instance_dir.mkdir(parents=True, exist_ok=True)
        return SqliteHuey("survey", filename=str(settings.instance_dir / "jobs.db"))
    from huey.contrib.sql_huey import SqlHuey
    from playhouse.db_url import connect

    address = url.set(drivername="psycopg3").render_as_string(hide_password=False)
    # A process that queues nothing, such as the check of a published sample, needs no database.
    return SqlHuey("survey", database=connect(address), create_tables=False)


@cache
def make_ready(huey: Huey) -> None:
    """Make the queue's tables, once a process."""
    if hasattr(huey.storage, "create_tables"):
        huey.storage.create_tables()


def install(app: Flask) -> None:
    """Queue each job once its row is committed."""
    huey = make_huey(app.extensions["settings"])
    database: Database = app.extensions["database"]

    @huey.task(name="run")
    def run(job_id: int) -> None:
        run_queued(app, job_id)

    waiting = Flusher(database)

    def after_commit(session: Session) -> None:
        waiting.add(session.info.pop("counts", None))
        for job_id, delay in session.info.pop("jobs", ()):
            make_ready(huey)
            run.schedule((job_id,), delay=delay) if delay else run(job_id)

    @huey.periodic_task(crontab(hour="20", minute="0"), name="purge")  # 03:00 in Viet Nam
    def purge() -> None:
        with database.write() as session:
            retention.purge(
                session, by="system", now=_now(), folder=app.extensions["settings"].instance_dir
            )
            paradata.fold(session, now=_now())
            seal.seal_all(session, now=_now())
            screening_review.request_due(session, now=_now())

    database.after_commit = after_commit
    app.extensions["huey"] = huey
    app.extensions["queue_job"] = run
    app.extensions["counting"] = waiting


def run_queued(app: Flask, job_id: int) -> None:
    """Do one job and leave its outcome in its row, whatever happens."""
    database: Database = app.extensions["database"]
    with database.write() as session:
        job = jobs.start(session, job_id, now=_now())
    if job is None:
        return

    def progress(done: int, total: int, message: str) -> None:
        with database.write() as session:
            jobs.report(session, job_id, done, total, message)

    error = ""
    try:
        WORK[job.kind](app, progress, **job.params)
    except SurveyError as refused:
        error = str(refused)
    except Exception as crashed:
        log.exception("job failed", job_id=job_id, kind=job.kind)
        error = f"Lỗi không lường trước: {type(crashed).__name__}"
    with database.write() as session:
        jobs.finish(session, job_id, error=error, now=_now())


def run_here(app: Flask, kind: str, progress: Progress, **params: Any) -> Any:
    """Do a job's work in this process and return what it made."""
    return WORK[kind](app, progress, **params)


def _weigh(app: Flask, progress: Progress, wave: str) -> Any:
    from survey.services import weigh

    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc phiếu trả lời")
    with database.read() as session:
        inputs = weigh.load(session, wave)
        everybody = weigh.load(session, wave, with_excluded=True) if inputs.excluded else None
    progress(1, 2, "Tính quyền số")
    weights = weigh.compute(inputs)
    whole = weigh.compute(everybody) if everybody else None
    with database.write() as session:
        # The run that left answers out comes last: it is the newest one.
        first = weigh.store(session, wave, whole, now=_now()) if whole else None
        weights.settings["with_excluded"] = first
        run_id = weigh.store(session, wave, weights, now=_now())
    progress(2, 2, "Đã tính quyền số")
    return run_id, weights


def _index(app: Flask, progress: Progress, wave: str) -> Any:
    from survey.services import publish

    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc quyền số và phiếu")
    with database.read() as session:
        inputs = publish.load(session, wave)
        first = inputs.with_excluded
        everybody = publish.load(session, wave, run_id=first) if first else None
    progress(1, 2, "Ước lượng và tổng hợp điểm")
    table = publish.compute(inputs, now=_now())
    whole = publish.compute(everybody, now=_now()) if everybody else None
    if whole:
        table, whole = publish.alike(inputs, table, whole)
    with database.write() as session:
        publish.store(session, inputs, table, now=_now(), with_excluded=whole)
    progress(2, 2, "Đã có bảng chỉ số")
    return table


def _recompute(app: Flask, progress: Progress, wave: str) -> Any:
    _weigh(app, lambda done, total, message: progress(done, 4, message), wave)
    return _index(app, lambda done, total, message: progress(done + 2, 4, message), wave)


def _screen(app: Flask, progress: Progress, wave: str) -> Any:
    from survey.services import screening

    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc phiếu trả lời")
    with database.read() as session:
        inputs = screening.load(session, wave)
    progress(1, 2, "Tìm dấu hiệu")
    found = screening.compute(inputs)
    with database.write() as session:
        screening.store(session, inputs, found, now=_now())
    progress(2, 2, "Đã sàng lọc; chờ người rà soát")
    return found


def _respond(app: Flask, progress: Progress, wave: str, urls: list[str], workers: int = 4) -> Any:
    from survey.services.demo import respond

    database: Database = app.extensions["database"]
    with database.write() as session:
        definition, layout, invited = respond.invite_all(
            session, wave, code_key=app.extensions["settings"].code_key_bytes, now=_now()
        )
    return respond.walk(urls, definition, layout, invited, workers=workers, progress=progress)


def _fill(app: Flask, progress: Progress, wave: str, url: str) -> Any:
    made = _respond(app, progress, wave, [url])
    _recompute(app, lambda done, total, message: None, wave)
    return made


def _load_frame(
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
        today=local_day(_now()),
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
        tell = progress if upload is None else _silent
        with database.write() as session:
            made = storing.store(session, checked, by=by, now=_now(), progress=tell)
            if upload is not None:
                uploads.loaded(session, wave, upload)
    return made


def _frame_file(app: Flask, progress: Progress, wave: str, upload: int, by: str, load: bool) -> Any:
    """A file that came through the office's page: checked, or checked and loaded."""
    folder = app.extensions["settings"].instance_dir
    with app.extensions["database"].read() as session:
        found = uploads.get(session, wave, upload, folder=folder)
    if found.path is None:
        raise Conflict("Tệp đã bị xoá; hãy gửi lại.", code="upload.gone")
    with found.faults_path.open("w", encoding="utf-8-sig", newline="") as faults_file:
        made = _load_frame(
            app,
            _now_and_then(progress),
            *(wave, found.path, found.name, found.layout, by, faults_file, upload),
            only_check=not load,
        )
    if load:
        uploads.delete_file(folder, found.path.name)
    return made


def _now_and_then(progress: Progress) -> Progress:
    """Tell how far it is twice a second: each telling is a transaction."""
    told, last = 0.0, ""

    def tell(done: int, total: int, message: str) -> None:
        nonlocal told, last
        if message != last or monotonic() - told > 0.5:
            told, last = monotonic(), message
            progress(done, total, message)

    return tell


def _silent(_done: int, _total: int, _message: str) -> None:
    pass


def _frame_check(app: Flask, progress: Progress, wave: str, upload: int, by: str) -> Any:
    return _frame_file(app, progress, wave, upload, by, load=False)


def _frame_import(app: Flask, progress: Progress, wave: str, upload: int, by: str) -> Any:
    return _frame_file(app, progress, wave, upload, by, load=True)


WORK: dict[str, Callable[..., Any]] = {
    "weigh": _weigh,
    "index": _index,
    "recompute": _recompute,
    "screen": _screen,
    "demo.respond": _respond,
    "demo.fill": _fill,
    "frame.check": _frame_check,
    "frame.import": _frame_import,
    "frame.file": _load_frame,
}


def _now() -> datetime:
    return datetime.now(UTC)
