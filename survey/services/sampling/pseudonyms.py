"""The office's way from a public pseudonym back to a dossier; each use is on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.pseudonyms import pseudonym
from survey.errors import InvalidInput, NotFound, Problem
from survey.store import audit, waves
from survey.store.models import Dossier, SampleCommitment, Unit


@dataclass(frozen=True, slots=True)
class Opened:
    """The dossier behind a pseudonym."""

    pseudonym: str
    code: str
    unit_name: str
    field: str


def open_pseudonym(
    session: Session, slug: str, name: str, *, reason: str, by: str, now: datetime
) -> Opened:
    """The dossier behind a public name; who asked and why is on record.

    Raises NotFound, InvalidInput without a reason.
    """
    wave = waves.get(session, slug)
    stored = waves.commitment_of(session, wave.id)
    wanted = name.strip().lower()
    if not reason.strip():
        raise InvalidInput(
            "Hãy ghi lý do mở bí danh.",
            [Problem("pseudonym.reason", "Hãy ghi lý do mở bí danh.")],
            code="pseudonym.reason",
        )
    found = None if stored is None else _behind(session, stored, wanted)
    if found is None:
        raise NotFound(
            "Không có bí danh “%(name)s” trong danh sách đã cam kết.",
            code="pseudonym.not_found",
            name=name.strip(),
        )
    audit.append(
        session, "sample.pseudonym_opened", by=by, at=now, wave=slug, pseudonym=wanted,
        reason=reason.strip()[:500],
    )  # fmt: skip
    return found


def _behind(session: Session, stored: SampleCommitment, wanted: str) -> Opened | None:
    rows = session.execute(
        select(Dossier.code, Unit.name, Dossier.field)
        .join(Unit, Unit.id == Dossier.unit_id)
        .where(Dossier.frame_id == stored.plan.frame_id)
    )
    for code, unit_name, field in rows:
        if pseudonym(code, stored.pseudonym_key) == wanted:
            return Opened(wanted, code, unit_name, field)
    return None
