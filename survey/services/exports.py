"""Exports that the office asked for: where their files lie, who made and who fetched them.

No statistics here: pages use this module.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import NotFound
from survey.services import jobs
from survey.store import audit, waves
from survey.store.models import Job

KIND = "microdata.export"
FORMATS = ("csv", "xlsx", "sav", "zsav", "dta", "parquet")
#: A file of answers is fetched and goes; it can be made again.
KEPT = timedelta(days=7)
_NAME = re.compile(r"[A-Za-z0-9._-]+-[0-9a-f]{16}\.zip\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A finished package."""

    job_id: int
    formats: tuple[str, ...]
    replicates: str
    public: int
    language: str
    n_bytes: int
    requested_by: str
    made_at: datetime
    until: datetime


def folder(instance: Path) -> Path:
    return instance / "exports"


def request(
    session: Session, slug: str, order: Mapping[str, Any], *, by: str, now: datetime
) -> int:
    """Ask for a package; the job's number.  Raises NotFound."""
    waves.get(session, slug)
    name = f"{slug}-{secrets.token_hex(8)}.zip"
    params = {"wave": slug, "name": name, "order": dict(order), "by": by}
    return jobs.request(session, KIND, params, by=by, now=now)


def record(
    session: Session,
    slug: str,
    order: Mapping[str, Any],
    *,
    n_rows: int,
    sha256: str,
    by: str,
    now: datetime,
) -> None:
    """Who took answers out of the database, how many, and in which file."""
    facts = {"formats": list(order["formats"]), "n": n_rows, "sha256": sha256}
    facts["public"] = order.get("public", 0)
    audit.append(session, "microdata.exported", by=by, at=now, wave=slug, **facts)


def files(session: Session, slug: str, *, instance: Path) -> list[File]:
    """Packages that can be fetched, newest first."""
    query = (
        select(Job)
        .where(Job.kind == KIND, Job.wave == slug, Job.state == "done")
        .order_by(Job.id.desc())
        .limit(50)
    )
    found = []
    for job in session.scalars(query):
        path = folder(instance) / job.params["name"]
        if path.is_file():
            order = job.params["order"]
            found.append(
                File(
                    job_id=job.id,
                    formats=tuple(order["formats"]),
                    replicates=order["replicates"],
                    public=order.get("public", 0),
                    language=order["language"],
                    n_bytes=path.stat().st_size,
                    requested_by=job.requested_by,
                    made_at=job.finished_at,
                    until=job.finished_at + KEPT,
                )
            )
    return found


def fetch(
    session: Session, slug: str, job_id: int, *, instance: Path, by: str, now: datetime
) -> Path:
    """The file of a finished job; fetching is recorded.  Raises NotFound."""
    job = session.get(Job, job_id)
    known = job is not None and (job.kind, job.wave, job.state) == (KIND, slug, "done")
    path = folder(instance) / job.params["name"] if known else None
    if path is None or _NAME.match(path.name) is None or not path.is_file():
        raise NotFound("Tệp đã bị xoá; hãy xuất lại.", code="microdata.gone")
    audit.append(session, "microdata.fetched", by=by, at=now, wave=slug, job=job_id)
    return path


def purge(instance: Path, *, now: datetime) -> int:
    """Delete packages past their day and what a killed worker left; return how many."""
    gone = 0
    for path in folder(instance).glob("*"):
        if path.is_file() and path.stat().st_mtime < (now - KEPT).timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone
