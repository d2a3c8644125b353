"""Long work that a page asks for and a worker does; its row tells how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.store.models import Job

#: What a worker can be asked to do (survey.work holds the work itself).
KINDS = frozenset(
    {
        "weigh",
        "index",
        "release",
        "report",
        "recompute",
        "screen",
        "intake",
        "demo.fill",
        "frame.check",
        "frame.import",
        "plan.propose",
        "plan.use",
        "microdata.export",
        "scheme.replay",
    }
)


@dataclass(frozen=True, slots=True)
class JobView:
    id: int
    kind: str
    wave: str
    params: dict[str, Any]
    state: str
    done: int
    total: int
    message: str
    error: str
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.state in {"done", "failed"}


def request(
    session: Session,
    kind: str,
    params: dict[str, Any],
    *,
    by: str,
    now: datetime,
    delay: float = 0.0,
) -> int:
    """Ask for a job; one that waits already for the same work serves both.  The id is returned.

    ``delay`` (seconds) lets further requests come together before the work begins.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown job kind {kind!r}")
    wave = str(params.get("wave", ""))
    waiting = session.scalars(
        select(Job).where(Job.kind == kind, Job.wave == wave, Job.state == "queued").limit(1)
    ).one_or_none()
    if waiting is not None and waiting.params == params:
        return waiting.id
    job = Job(kind=kind, wave=wave, params=params, requested_by=by, created_at=now)
    session.add(job)
    session.flush()
    # The worker must not look before the row is there: the door sends these after the commit.
    session.info.setdefault("jobs", []).append((job.id, delay))
    return job.id


def get(session: Session, job_id: int) -> JobView | None:
    job = session.get(Job, job_id)
    return _view(job) if job else None


def recent(session: Session, *, n: int = 20, wave: str | None = None) -> list[JobView]:
    query = select(Job).order_by(Job.id.desc()).limit(n)
    if wave is not None:
        query = query.where(Job.wave == wave)
    return [_view(job) for job in session.scalars(query)]


def last(session: Session, kind: str, wave: str) -> JobView | None:
    """The newest job of a kind for a wave."""
    query = select(Job).where(Job.kind == kind, Job.wave == wave).order_by(Job.id.desc()).limit(1)
    job = session.scalars(query).one_or_none()
    return _view(job) if job else None


def running(session: Session, wave: str) -> JobView | None:
    """The job that is at work, or waits, for a wave."""
    query = (
        select(Job)
        .where(Job.wave == wave, Job.state.in_(("running", "queued")))
        .order_by(Job.state.desc(), Job.id)
        .limit(1)
    )
    job = session.scalars(query).one_or_none()
    return _view(job) if job else None


def start(session: Session, job_id: int, *, now: datetime) -> JobView | None:
    """Take a queued job; None if somebody else took it or it is gone."""
    job = session.scalars(
        select(Job).where(Job.id == job_id, Job.state == "queued").with_for_update()
    ).one_or_none()
    if job is None:
        return None
    job.state, job.started_at = "running", now
    return _view(job)


def report(session: Session, job_id: int, done: int, total: int, message: str) -> None:
    job = session.get_one(Job, job_id)
    job.done, job.total, job.message = done, total, message


def finish(session: Session, job_id: int, *, error: str = "", now: datetime) -> None:
    job = session.get_one(Job, job_id)
    job.state = "failed" if error else "done"
    job.error, job.finished_at = error, now
    if not error:
        job.done = job.total = job.total or 1


def recover(session: Session, *, now: datetime) -> list[int]:
    """After a restart: fail what was cut off half way, return what still waits."""
    for job in session.scalars(select(Job).where(Job.state == "running")):
        job.state, job.finished_at = "failed", now
        job.error = "Máy chủ dừng khi việc này đang chạy; hãy chạy lại."
    return list(session.scalars(select(Job.id).where(Job.state == "queued").order_by(Job.id)))


def _view(job: Job) -> JobView:
    return JobView(
        id=job.id,
        kind=job.kind,
        wave=job.wave,
        params=job.params,
        state=job.state,
        done=job.done,
        total=job.total,
        message=job.message,
        error=job.error,
        requested_by=job.requested_by,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )
