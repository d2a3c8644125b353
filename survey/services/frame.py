"""Load a sampling frame: every row is checked, all faults are told, nothing is half loaded."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from survey.domain.calendar import local_day
from survey.domain.frame_layout import Layout
from survey.services.frames import staging, storing, target
from survey.services.frames.staging import Progress
from survey.services.frames.storing import Imported

__all__ = ["Imported", "import_file"]


def import_file(
    session: Session,
    slug: str,
    content: bytes | BinaryIO | Path,
    *,
    name: str,
    contact_key: str,
    by: str,
    now: datetime,
    layout: Layout | None = None,
    progress: Progress = lambda done, total, message: None,
) -> Imported:
    """Check and store a frame within one transaction.

    Long files are better checked first (`staging.check`) and stored then (`storing.store`), so
    that nobody waits for the database while they are read.  Raises InvalidInput with all faults,
    Conflict after planning.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    checking = staging.check(
        target.of(session, slug),
        source,
        layout or Layout(),
        name=name,
        contact_key=contact_key,
        today=local_day(now),
        progress=progress,
    )
    with checking as checked:
        return storing.store(session, checked, by=by, now=now, progress=progress)
