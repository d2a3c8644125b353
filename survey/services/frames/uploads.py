"""Files that the office sent for a frame.  They hold personal data and are gone once loaded."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.frame_layout import Layout
from survey.errors import InvalidInput, NotFound, Problem
from survey.services.frames.staging import Checked
from survey.store import audit, waves
from survey.store.models import FrameUpload, Wave

FOLDER = "uploads"
#: A file that nobody loads is deleted after so long.
KEPT = timedelta(hours=48)
LARGEST = 1 << 30
FAULTS = ".faults.csv"


@dataclass(frozen=True, slots=True)
class UploadView:
    id: int
    wave: str
    name: str
    n_bytes: int
    layout: Layout
    #: Whether somebody has chosen the columns already.
    chosen: bool
    state: str
    report: Mapping[str, Any]
    uploaded_at: datetime
    uploaded_by: str
    delete_after: datetime
    path: Path | None

    @property
    def faults_path(self) -> Path | None:
        return self.path.with_name(self.path.name + FAULTS) if self.path else None


def receive(
    session: Session,
    slug: str,
    name: str,
    stream: BinaryIO,
    *,
    folder: Path,
    by: str,
    now: datetime,
) -> int:
    """Keep a file for a wave; return its number.  Raises NotFound, InvalidInput."""
    wave = waves.get(session, slug)
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    stored_as = secrets.token_hex(16)
    path = place / stored_as
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(stream, file, 1 << 20)
    size = path.stat().st_size
    if not 0 < size <= LARGEST:
        path.unlink()
        raise InvalidInput(
            "Tệp trống hoặc lớn hơn 1 GiB.",
            [Problem("upload.size", "Tệp trống hoặc lớn hơn 1 GiB.")],
            code="upload.size",
        )
    row = FrameUpload(
        wave_id=wave.id,
        name=Path(name).name[:200] or "frame",
        stored_as=stored_as,
        n_bytes=size,
        layout={},
        state="new",
        report={},
        uploaded_at=now,
        uploaded_by=by,
        delete_after=now + KEPT,
    )
    session.add(row)
    session.flush()
    audit.append(session, "frame.uploaded", by=by, at=now, wave=slug, upload=row.id, n_bytes=size)
    return row.id


def get(session: Session, slug: str, upload_id: int, *, folder: Path) -> UploadView:
    """Raises NotFound."""
    row = _row(session, slug, upload_id)
    path = folder / FOLDER / row.stored_as if row.stored_as else None
    return UploadView(
        row.id,
        slug,
        row.name,
        row.n_bytes,
        Layout.from_dict({"columns": {}} | row.layout),
        bool(row.layout),
        row.state,
        row.report,
        row.uploaded_at,
        row.uploaded_by,
        row.delete_after,
        path if path and path.exists() else None,
    )


def waiting(session: Session, slug: str) -> list[tuple[int, str, str, datetime]]:
    """(number, name, state, when) of the files that are not loaded yet, newest first."""
    wave = waves.get(session, slug)
    rows = session.scalars(
        select(FrameUpload)
        .where(FrameUpload.wave_id == wave.id, FrameUpload.stored_as != "")
        .order_by(FrameUpload.id.desc())
    )
    return [(row.id, row.name, row.state, row.uploaded_at) for row in rows]


def choose(session: Session, slug: str, upload_id: int, layout: Layout) -> None:
    """Set the columns of a file; what an earlier check said is void.  Raises NotFound."""
    row = _row(session, slug, upload_id)
    row.layout, row.state, row.report = layout.to_dict(), "new", {}


def report(checked: Checked) -> dict[str, Any]:
    """What a check found, as plain JSON types."""
    scratch = checked.scratch
    read = checked.n_rows > 0 and checked.sorted
    return {
        "sha256": checked.sha256,
        "n_rows": checked.n_rows,
        "n_frame": checked.n_frame,
        "excluded": dict(checked.excluded),
        "n_faults": checked.faults.total,
        "faults_by_code": dict(checked.faults.by_code.most_common()),
        "faults": [
            {"code": fault.code, "message": fault.message, "facts": dict(fault.facts)}
            for fault in checked.faults.in_order()
        ],
        "unknown": {field: dict(words.most_common()) for field, words in checked.unknown.items()},
        "n_persons": scratch.one("SELECT count(*) FROM person") if read else 0,
        "n_persons_dossiers": (
            scratch.one("SELECT coalesce(sum(n), 0) FROM person") if read else 0
        ),
    }


def keep_report(session: Session, slug: str, upload_id: int, found: Mapping[str, Any]) -> None:
    row = _row(session, slug, upload_id)
    row.report = dict(found)
    row.state = "faulty" if found["n_faults"] else "checked"


def loaded(session: Session, slug: str, upload_id: int) -> None:
    """The frame is in the database: the file's row lets go of it."""
    row = _row(session, slug, upload_id)
    row.state, row.stored_as = "loaded", ""


def drop(session: Session, slug: str, upload_id: int, *, folder: Path, by: str, now: datetime):
    """Delete a file that will not be loaded.  Raises NotFound."""
    row = _row(session, slug, upload_id)
    delete_file(folder, row.stored_as)
    session.delete(row)
    audit.append(session, "frame.upload_dropped", by=by, at=now, wave=slug, upload=upload_id)


def delete_file(folder: Path, stored_as: str) -> None:
    if stored_as:
        path = folder / FOLDER / stored_as
        path.unlink(missing_ok=True)
        path.with_name(path.name + FAULTS).unlink(missing_ok=True)


def purge(session: Session, *, folder: Path, now: datetime) -> int:
    """Delete files past their hour, and files that no row knows; return how many."""
    n = 0
    known = set()
    for row in session.scalars(select(FrameUpload).where(FrameUpload.stored_as != "")):
        if row.delete_after < now:
            delete_file(folder, row.stored_as)
            session.delete(row)
            n += 1
        else:
            known |= {row.stored_as, row.stored_as + FAULTS}
    place = folder / FOLDER
    oldest = (now - KEPT).timestamp()
    for path in place.iterdir() if place.is_dir() else ():
        if path.name not in known and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            n += 1
    return n


def _row(session: Session, slug: str, upload_id: int) -> FrameUpload:
    row = session.scalars(
        select(FrameUpload)
        .join(Wave, Wave.id == FrameUpload.wave_id)
        .where(Wave.slug == slug, FrameUpload.id == upload_id)
    ).one_or_none()
    if row is None:
        raise NotFound(
            "Không có tệp số %(upload)s trong đợt “%(slug)s”.",
            code="upload.not_found",
            upload=upload_id,
            slug=slug,
        )
    return row
