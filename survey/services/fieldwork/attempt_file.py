"""Contact attempts from a CSV file: every row is checked, all faults are told, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain import contact_file
from survey.domain.contact_file import Row
from survey.errors import InvalidInput, Problem
from survey.services.fieldwork import attempts
from survey.store import audit, contacts, waves
from survey.store.models import Case, ContactAttempt, Dossier, Wave


@dataclass(frozen=True, slots=True)
class Imported:
    n_attempts: int
    n_cases: int


def import_file(
    session: Session, slug: str, content: bytes, *, name: str, by: str, now: datetime
) -> Imported:
    """Append the attempts of a file.  Raises NotFound, InvalidInput with all faults."""
    wave = waves.get(session, slug)
    rows, problems = contact_file.read(content)
    found = _cases(session, wave, {row.dossier_code for row in rows})
    known = _logged(session, wave)
    for row in rows:
        fault = _fault(wave, found.get(row.dossier_code), row, known, now)
        if fault is not None:
            problems.append(contact_file.on_row(row.number, fault))
        elif row.dossier_code in found:
            known.add((found[row.dossier_code].id, row.at, row.mode))
    if problems:
        raise InvalidInput(
            "Tệp có %(n)s lỗi; chưa ghi lần liên hệ nào.",
            sorted(problems, key=lambda fault: fault.facts.get("row", 0)),
            code="attempts.invalid",
            n=len(problems),
        )
    cases = {found[row.dossier_code].id: found[row.dossier_code] for row in rows}
    session.add_all(
        ContactAttempt(
            case_id=found[row.dossier_code].id,
            at=row.at,
            mode=row.mode,
            result=row.result,
            note=row.note,
            by=by,
            logged_at=now,
        )
        for row in sorted(rows, key=lambda row: row.at)
    )
    session.flush()
    for case in cases.values():
        attempts.settle(session, case, wave)
    audit.append(
        session, "attempts.imported", by=by, at=now, wave=slug, name=name, attempts=len(rows)
    )
    return Imported(len(rows), len(cases))


def _fault(
    wave: Wave,
    case: Case | None,
    row: Row,
    known: set[tuple[int, datetime, str]],
    now: datetime,
) -> Problem | None:
    if case is None:
        return Problem(
            "attempts.unknown_case",
            "không có hồ sơ “%(case)s” trong mẫu.",
            {"case": row.dossier_code},
        )
    if (case.id, row.at, row.mode) in known:
        return Problem(
            "attempts.twice",
            "lần liên hệ này với hồ sơ “%(case)s” đã được ghi.",
            {"case": row.dossier_code},
        )
    return attempts.state_fault(case) or attempts.time_fault(wave, row.at, now)


def _cases(session: Session, wave: Wave, codes: set[str]) -> dict[str, Case]:
    """Dossier code -> case, held until the transaction ends."""
    rows = session.execute(
        select(Dossier.code, Case)
        .join(Case, Case.dossier_id == Dossier.id)
        .where(Case.wave_id == wave.id)
        .order_by(Case.id)
        .with_for_update(of=Case)
    )
    return {code: case for code, case in rows if code in codes}


def _logged(session: Session, wave: Wave) -> set[tuple[int, datetime, str]]:
    lines = session.scalars(
        select(ContactAttempt).join(Case).where(Case.wave_id == wave.id).order_by(ContactAttempt.id)
    )
    return {(line.case_id, line.at, line.mode) for line in contacts.valid(lines)}
