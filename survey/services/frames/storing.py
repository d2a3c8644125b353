"""From the scratch table to the frame, in one transaction: all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.errors import InvalidInput, Problem
from survey.services.frames import quality, target
from survey.services.frames.scratch import BATCH
from survey.services.frames.staging import Checked, Progress
from survey.store import audit, bulk
from survey.store.models import Contact, Dossier, Frame, Unit, Wave

COLUMNS = (
    *("id", "frame_id", "code", "unit_id", "field", "channel"),
    *("received_on", "due_on", "returned_on", "applicant", "person"),
)


@dataclass(frozen=True, slots=True)
class Imported:
    frame_id: int
    name: str
    #: Of the file's bytes.
    sha256: str
    #: Of what was stored, whatever the order of its rows.
    content_sha256: str
    n_rows: int
    n_dossiers: int
    n_contacts: int
    #: Reason -> rows that do not count.
    excluded: dict[str, int]


def store(
    session: Session,
    checked: Checked,
    *,
    by: str,
    now: datetime,
    progress: Progress = lambda done, total, message: None,
) -> Imported:
    """Put the checked rows in the place of the wave's frame.

    Raises InvalidInput with the faults of the file; Conflict if a plan was made meanwhile.
    """
    checked.refuse_faults()
    wave = session.get_one(Wave, checked.target.wave_id, with_for_update=True)
    target.refuse_if_planned(session, wave)
    # The office may have changed a unit or the rule while the file was read.
    if target.of(session, wave.slug) != checked.target:
        raise InvalidInput(
            "Đợt “%(slug)s” đã đổi trong lúc đọc tệp; hãy nạp lại.",
            [Problem("frame.wave_changed", "Đơn vị hoặc quy tắc chọn hồ sơ đã đổi.")],
            code="frame.wave_changed",
            slug=wave.slug,
        )
    _drop_previous(session, wave)
    frame = Frame(
        wave_id=wave.id,
        name=checked.name,
        sha256=checked.sha256,
        n_rows=checked.n_rows,
        n_dossiers=checked.n_frame,
        layout=checked.layout.to_dict(),
        eligibility={
            "rule": checked.target.rule.to_dict(),
            "excluded": dict(checked.excluded),
        },
        quality=quality.report(session, checked, wave),
        imported_at=now,
        imported_by=by,
    )
    session.add(frame)
    session.flush()
    n_contacts, frame.content_sha256 = _store_rows(session, frame, checked, progress)
    audit.append(
        session,
        "frame.imported",
        by=by,
        at=now,
        wave=wave.slug,
        sha256=frame.sha256,
        content_sha256=frame.content_sha256,
        n=frame.n_dossiers,
    )
    return Imported(
        frame.id,
        frame.name,
        frame.sha256,
        frame.content_sha256,
        frame.n_rows,
        frame.n_dossiers,
        n_contacts,
        dict(checked.excluded),
    )


def _drop_previous(session: Session, wave: Wave) -> None:
    old = select(Frame.id).where(Frame.wave_id == wave.id)
    dossiers = select(Dossier.id).where(Dossier.frame_id.in_(old))
    session.execute(delete(Contact).where(Contact.dossier_id.in_(dossiers)))
    session.execute(delete(Dossier).where(Dossier.frame_id.in_(old)))
    session.execute(delete(Frame).where(Frame.wave_id == wave.id))


def _store_rows(
    session: Session, frame: Frame, checked: Checked, progress: Progress
) -> tuple[int, str]:
    """Insert dossiers and contacts; return the number of contacts and the content's digest.

    The digest is sha256 over one line for each dossier, sorted by the bytes of its code: code,
    unit as code@first day, field, channel, the days received, due, returned (empty if there is
    none) and applicant, with U+001F between them and a line feed at the end, in UTF-8.
    """
    made = hashlib.sha256()
    unit_keys = {u.id: f"{u.code}@{u.valid_from}" for u in session.scalars(select(Unit))}
    number = bulk.reserve_ids(session, Dossier, checked.n_frame)
    delete_after = checked.target.delete_after.isoformat()
    rows = checked.scratch.frame(unit_keys)
    done = n_contacts = 0
    while batch := rows.fetchmany(BATCH):
        dossiers = [(number + i, frame.id, *row[:9]) for i, row in enumerate(batch)]
        contacts = [
            (number + i, row[9], delete_after) for i, row in enumerate(batch) if row[9] is not None
        ]
        number += len(batch)
        made.update("".join([row[10] for row in batch]).encode())
        bulk.insert_rows(session, Dossier, COLUMNS, dossiers)
        if contacts:
            bulk.insert_rows(
                session, Contact, ("dossier_id", "ciphertext", "delete_after"), contacts
            )
        done += len(batch)
        n_contacts += len(contacts)
        progress(done, checked.n_frame, "Ghi vào cơ sở dữ liệu")
    return n_contacts, made.hexdigest()


def content_digest(session: Session, frame: Frame) -> str:
    """The digest of a stored frame, worked out again from its rows."""
    made = hashlib.sha256()
    rows = session.execute(
        select(Dossier, Unit.code, Unit.valid_from)
        .join(Unit, Unit.id == Dossier.unit_id)
        .where(Dossier.frame_id == frame.id)
        .execution_options(yield_per=BATCH)
    )
    for line in sorted(_lines(rows)):
        made.update(line.encode() + b"\n")
    return made.hexdigest()


def _lines(rows: Any) -> Iterator[str]:
    for dossier, unit, since in rows:
        due = dossier.due_on.isoformat() if dossier.due_on else ""
        days = (dossier.received_on.isoformat(), due, dossier.returned_on.isoformat())
        parts = (dossier.code, f"{unit}@{since}", dossier.field, dossier.channel, *days)
        yield "\x1f".join((*parts, dossier.applicant))
