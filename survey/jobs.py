"""The work of background jobs, and the queue that brings it to a worker.

A page asks through ``survey.services.jobs``; the row commits; then the id is queued here.  The
worker is its own process: only it loads numpy, scipy and pandas.  The command line runs the same
work in the foreground through ``run_here``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import structlog
from flask import Flask
from huey import Huey, crontab
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from survey.config import Settings
from survey.counting import Flusher
from survey.errors import SurveyError
from survey.services import jobs, paradata, retention, screening_review, seal
from survey.services.follow_up import reminding
from survey.store.session import Database
from survey.work import WORK
from survey.work.progress import Progress

log = structlog.get_logger(__name__)


#: Faults that a job's row names; the rest come up once these are mended.
MOST_PROBLEMS = 20


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
            reminding.remind_all(session, now=_now())

    @huey.periodic_task(crontab(minute="*"), name="intake")
    def intake() -> None:
        # What a killed worker left, and files that were waited for in vain.
        WORK["intake"](app, lambda _done, _total, _message: None)

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
        told = [str(problem) for problem in getattr(refused, "problems", ())]
        error = " · ".join([str(refused), *told[:MOST_PROBLEMS]])
    except Exception as crashed:
        log.exception("job failed", job_id=job_id, kind=job.kind)
        error = f"Lỗi không lường trước: {type(crashed).__name__}"
    with database.write() as session:
        jobs.finish(session, job_id, error=error, now=_now())


def run_here(app: Flask, kind: str, progress: Progress, **params: Any) -> Any:
    """Do a job's work in this process and return what it made."""
    return WORK[kind](app, progress, **params)


def _now() -> datetime:
    return datetime.now(UTC)
