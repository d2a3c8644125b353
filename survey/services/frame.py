"""Load a sampling frame: every row is checked, all faults are told, nothing is half loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography.fernet import Fernet
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from survey.domain import frame_file
from survey.domain.frame_file import Row
from survey.errors import Conflict, InvalidInput, Problem
from survey.store import audit, units, waves
from survey.store.models import Contact, Dossier, Frame, Unit, Wave

BATCH = 5_000

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Imported:
    frame_id: int
    name: str
    sha256: str
    n_dossiers: int
    n_contacts: int


def import_file(
    session: Session,
    slug: str,
    content: bytes,
    *,
    name: str,
    contact_key: str,
    by: str,
    now: datetime,
    progress: Progress = lambda done, total, message: None,
) -> Imported:
    """Check and store a frame.  Raises InvalidInput with all faults, Conflict after planning."""
    wave = waves.get(session, slug)
    if waves.plan_of(session, wave.id) is not None:
        raise Conflict(
            "Đợt “%(slug)s” đã có phương án mẫu; không thay được danh sách hồ sơ nữa.",
            code="frame.plan_exists",
            slug=slug,
        )
    if wave.synthetic and "synthetic" not in name:
        name = f"synthetic-{name}"
    rows, problems = frame_file.read(content, wave.settings)
    known = _Units(session, wave)
    problems += [fault for row in rows for fault in known.faults(row)]
    if problems:
        raise InvalidInput(
            "Danh sách hồ sơ có %(n)s lỗi; chưa nạp dòng nào.",
            sorted(problems, key=lambda p: (p.facts.get("row", 0), p.code)),
            code="frame.invalid",
            n=len(problems),
        )
    _drop_previous(session, wave)
    frame = Frame(
        wave_id=wave.id,
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        n_dossiers=len(rows),
        imported_at=now,
        imported_by=by,
    )
    session.add(frame)
    session.flush()
    for done in _store(session, frame, rows, known):
        progress(done, len(rows), "")
    n_contacts = _store_contacts(session, frame, rows, wave, contact_key)
    audit.append(
        session, "frame.imported", by=by, at=now, wave=slug, sha256=frame.sha256, n=len(rows)
    )
    return Imported(frame.id, name, frame.sha256, len(rows), n_contacts)


class _Units:
    """The wave's units by code and day, looked up once for each pair."""

    def __init__(self, session: Session, wave: Wave) -> None:
        self.wave = wave
        self.by_code: dict[str, list[Unit]] = {}
        for unit in units.of_wave(session, wave.id):
            self.by_code.setdefault(unit.code, []).append(unit)

    def on(self, code: str, day: date) -> Unit | None:
        for unit in self.by_code.get(code, ()):
            if unit.valid_from <= day and (unit.valid_to is None or day < unit.valid_to):
                return unit
        return None

    def faults(self, row: Row) -> Iterator[Problem]:
        facts = {"row": row.number}
        if row.unit_code and row.unit_code not in self.by_code:
            yield Problem(
                "frame.unknown_unit",
                "Dòng %(row)s: đơn vị “%(unit)s” không thuộc đợt khảo sát.",
                facts | {"unit": row.unit_code},
            )
        elif row.unit_code and row.returned_on and self.on(row.unit_code, row.returned_on) is None:
            yield Problem(
                "frame.unit_not_valid",
                "Dòng %(row)s: đơn vị “%(unit)s” chưa có hoặc không còn vào ngày %(day)s.",
                facts | {"unit": row.unit_code, "day": f"{row.returned_on:%d/%m/%Y}"},
            )
        window = (self.wave.window_from, self.wave.window_to)
        if row.returned_on and not window[0] <= row.returned_on <= window[1]:
            yield Problem(
                "frame.outside_window",
                "Dòng %(row)s: ngày trả %(day)s ngoài khoảng %(start)s – %(end)s của đợt khảo sát.",
                facts
                | {
                    "day": f"{row.returned_on:%d/%m/%Y}",
                    "start": f"{window[0]:%d/%m/%Y}",
                    "end": f"{window[1]:%d/%m/%Y}",
                },
            )


def _drop_previous(session: Session, wave: Wave) -> None:
    old = select(Frame.id).where(Frame.wave_id == wave.id)
    dossiers = select(Dossier.id).where(Dossier.frame_id.in_(old))
    session.execute(delete(Contact).where(Contact.dossier_id.in_(dossiers)))
    session.execute(delete(Dossier).where(Dossier.frame_id.in_(old)))
    session.execute(delete(Frame).where(Frame.wave_id == wave.id))


def _store(session: Session, frame: Frame, rows: list[Row], known: _Units) -> Iterator[int]:
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        session.execute(
            insert(Dossier),
            [
                {
                    "frame_id": frame.id,
                    "code": row.code,
                    "unit_id": known.on(row.unit_code, row.returned_on).id,
                    "field": row.field,
                    "channel": row.channel,
                    "received_on": row.received_on,
                    "due_on": row.due_on,
                    "returned_on": row.returned_on,
                    "applicant": row.applicant,
                }
                for row in part
            ],
        )
        yield start + len(part)


def _store_contacts(
    session: Session, frame: Frame, rows: list[Row], wave: Wave, contact_key: str
) -> int:
    given = {row.code: row.contact for row in rows if row.contact}
    if not given:
        return 0
    seal = Fernet(contact_key)
    delete_after = wave.closes_on + timedelta(days=wave.settings["retention_days"])
    of_frame = session.execute(select(Dossier.id, Dossier.code).where(Dossier.frame_id == frame.id))
    session.execute(
        insert(Contact),
        [
            {
                "dossier_id": dossier_id,
                "ciphertext": seal.encrypt(given[code].encode()),
                "delete_after": delete_after,
            }
            for dossier_id, code in of_frame
            if code in given
        ],
    )
    return len(given)
