"""One-time codes for the drawn cases, and the slips and posters that carry them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from survey.domain import codes
from survey.errors import Conflict
from survey.store import audit, cases, units, waves
from survey.store.models import AccessCode, Case, CaseEvent, Desk

#: Reason of a code that a newcomer gets to try the demonstration.
TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A case and its code in clear: it exists here and on the slip, nowhere else."""

    case: Case
    code: str


def issue_codes(
    session: Session, slug: str, *, code_key: bytes, by: str, now: datetime
) -> list[Invitation]:
    """Give a code to every case in the field that is unanswered and has none."""
    wave = waves.get(session, slug)
    with_code = set(
        session.scalars(
            select(AccessCode.case_id)
            .join(Case)
            .where(Case.wave_id == wave.id, AccessCode.revoked_at.is_(None))
        )
    )
    waiting = [
        case
        for case in cases.issued(session, wave.id)
        if case.disposition == "3.0" and case.id not in with_code
    ]
    made = _issue(session, waiting, code_key=code_key, reason="first", by=by, now=now)
    audit.append(session, "codes.issued", by=by, at=now, wave=slug, n=len(made))
    return made


def reissue_codes(
    session: Session,
    slug: str,
    case_ids: Iterable[int] | None,
    *,
    reason: str,
    code_key: bytes,
    by: str,
    now: datetime,
) -> list[Invitation]:
    """Replace the codes of unanswered cases (all, or those named); the old ones die.

    Raises Conflict without a reason.
    """
    if not reason.strip():
        raise Conflict("Phải nêu lý do cấp lại mã.", code="codes.no_reason")
    wave = waves.get(session, slug)
    wanted = None if case_ids is None else set(case_ids)
    chosen = [
        case
        for case in cases.issued(session, wave.id)
        if case.disposition != "1.0" and (wanted is None or case.id in wanted)
    ]
    session.execute(
        update(AccessCode)
        .where(
            AccessCode.case_id.in_([case.id for case in chosen]), AccessCode.revoked_at.is_(None)
        )
        .values(revoked_at=now)
    )
    made = _issue(session, chosen, code_key=code_key, reason=reason, by=by, now=now)
    audit.append(session, "codes.reissued", by=by, at=now, wave=slug, n=len(made), reason=reason)
    return made


def demonstration_code(
    session: Session, slug: str, *, code_key: bytes, now: datetime
) -> Invitation | None:
    """A further code for one unanswered case of a synthetic wave, for whoever tries it out."""
    wave = waves.get(session, slug)
    if not wave.synthetic:
        raise Conflict("Chỉ đợt giả lập mới có mã dùng thử.", code="codes.not_synthetic")
    waiting = [case for case in cases.issued(session, wave.id) if case.disposition == "3.0"]
    fresh = [case for case in waiting if not case.opened]
    chosen = (fresh or waiting)[-1:]
    made = further_codes(session, chosen, code_key=code_key, reason=TRIAL, now=now)
    return made[0] if made else None


def on_trial(session: Session, wave_id: int) -> set[int]:
    """Cases that were given to somebody who tries the demonstration: no simulator answers them."""
    return set(
        session.scalars(
            select(AccessCode.case_id)
            .join(Case)
            .where(Case.wave_id == wave_id, AccessCode.reason == TRIAL)
        )
    )


def further_codes(
    session: Session, chosen: list[Case], *, code_key: bytes, reason: str, now: datetime
) -> list[Invitation]:
    """Codes besides those that the cases have; the slips that are out keep working."""
    return _issue(session, chosen, code_key=code_key, reason=reason, by="system", now=now)


def make_desks(session: Session, slug: str) -> list[Desk]:
    """The desks of a wave; a unit without one gets one, with a code for its poster."""
    wave = waves.get(session, slug)
    have = {desk.unit_id for desk in desks_of(session, wave.id)}
    for unit in units.of_wave(session, wave.id):
        if unit.id not in have:
            code = codes.new_code(codes.DESK_SYMBOLS, secrets.token_bytes)
            session.add(Desk(wave_id=wave.id, unit_id=unit.id, code=code))
    session.flush()
    return desks_of(session, wave.id)


def desks_of(session: Session, wave_id: int) -> list[Desk]:
    return list(session.scalars(select(Desk).where(Desk.wave_id == wave_id).order_by(Desk.id)))


def _issue(
    session: Session,
    chosen: list[Case],
    *,
    code_key: bytes,
    reason: str,
    by: str,
    now: datetime,
) -> list[Invitation]:
    made = [
        Invitation(case, codes.new_code(codes.CASE_SYMBOLS, secrets.token_bytes)) for case in chosen
    ]
    if made:
        session.execute(
            insert(AccessCode),
            [
                {
                    "case_id": item.case.id,
                    "digest": codes.code_digest(code_key, item.code),
                    "issued_at": now,
                    "reason": reason,
                }
                for item in made
            ],
        )
        session.execute(
            insert(CaseEvent),
            [
                {
                    "case_id": item.case.id,
                    "kind": "code_issued",
                    "at": now,
                    "by": by,
                    "note": reason,
                }
                for item in made
            ],
        )
    return made
