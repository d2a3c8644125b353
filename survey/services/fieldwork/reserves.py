"""Reserves: who may be replaced, by whom, and the record of every release.

A reserve goes into the field only in its fixed order within the stratum, only for a case that its
log or the citizen's own word has ended without an answer, once for each such case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain import contact
from survey.domain.collation import sort_key
from survey.domain.contact import ContactRule
from survey.domain.disposition import MEANINGS, Disposition, may_move
from survey.domain.text import clean_line
from survey.domain.wave import WaveState
from survey.errors import Conflict, InvalidInput, Problem
from survey.services.fieldwork import attempts as fieldwork
from survey.store import audit, cases, contacts, waves
from survey.store.models import Case, ReserveRelease, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaceable:
    """A case that ended without an answer and has no replacement yet."""

    case_id: int
    dossier_code: str
    unit_name: str
    field: str
    code: str
    title: Mapping[str, str]
    n_attempts: int
    reserves_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Who was replaced by whom, why, by whose hand and when."""

    at: datetime
    by: str
    unit_name: str
    field: str
    replaced: str
    replaced_id: int
    reserve: str
    reserve_id: int
    reserve_rank: int
    code: str
    title: Mapping[str, str]
    reason: str


def replaceable(session: Session, slug: str, *, unit: str = "") -> list[Replaceable]:
    """Cases that may be replaced now, by unit, stratum and rank.  Raises NotFound."""
    wave = waves.get(session, slug)
    rule = ContactRule.of(wave.settings)
    attempts = contacts.attempts_of_wave(session, wave.id)
    done = contacts.replaced(session, wave.id)
    left = _reserves_left(session, wave.id)
    found = []
    for case in contacts.in_the_field(session, wave.id):
        if case.id in done or (unit and case.unit_code != unit):
            continue
        log = attempts.get(case.id, [])
        code = fieldwork.ends_as(case.disposition, log, rule, opened=case.opened)
        if code:
            found.append(
                Replaceable(
                    case_id=case.id,
                    dossier_code=case.dossier_code,
                    unit_name=case.unit_name,
                    field=case.stratum,
                    code=code,
                    title=MEANINGS[code].titles,
                    n_attempts=len(log),
                    reserves_left=left[case.unit_id, case.stratum],
                )
            )
    return sorted(found, key=lambda row: (sort_key(row.unit_name), row.field))


def release(
    session: Session,
    slug: str,
    references: Sequence[str],
    *,
    reason: str,
    by: str,
    now: datetime,
) -> list[Release]:
    """Replace ended cases by the next reserves of their strata; all of them or none.

    The released cases have no code yet: printing slips gives them one.  Raises NotFound,
    InvalidInput (no reason, no case), Conflict (closed wave, a case that may not be replaced, a
    stratum without reserves).
    """
    wave = waves.get(session, slug)
    reason = clean_line(reason)
    _check(wave, references, reason)
    chosen = {case.id: case for case in (fieldwork.find(session, slug, r) for r in references)}
    # Always in the same order, so that two people who release at once wait instead of blocking.
    ordered = sorted(chosen.values(), key=lambda c: (c.unit_id, c.stratum, c.rank))
    # Everything is looked at before anything is written: a refusal leaves no trace.
    pairs = _pairs(session, wave, [case.id for case in ordered])
    return [_release_one(session, wave, pair, reason, by=by, now=now) for pair in pairs]


def releases(session: Session, slug: str) -> list[Release]:
    """Every release of a wave, newest first.  Raises NotFound."""
    wave = waves.get(session, slug)
    return [_view(*row) for row in reversed(contacts.releases(session, wave.id))]


def _check(wave: Wave, references: Sequence[str], reason: str) -> None:
    if wave.state != WaveState.OPEN:
        raise Conflict(
            "Đợt “%(slug)s” không mở; không thả được dự phòng.",
            code="release.wave_not_open",
            slug=wave.slug,
        )
    fault = contact.note_fault(reason)
    if not reason:
        fault = Problem("release.no_reason", "Phải nêu lý do thả dự phòng.")
    if not references:
        fault = Problem("release.no_case", "Hãy chọn ít nhất một hồ sơ cần thay.")
    if fault is not None:
        raise InvalidInput(fault.message, [fault], code=fault.code, **fault.facts)


def _pairs(session: Session, wave: Wave, case_ids: list[int]) -> list[tuple[Case, str, Case]]:
    """(case to replace, its code, the reserve that is next).  Raises Conflict."""
    pairs: list[tuple[Case, str, Case]] = []
    waiting: dict[tuple[int, str], list[int]] = {}
    for case_id in case_ids:
        gone = cases.lock(session, case_id)
        code = _ended(session, wave, gone)
        place = (gone.unit_id, gone.stratum)
        if place not in waiting:
            waiting[place] = contacts.lock_reserves(session, gone)
        if not waiting[place]:
            raise Conflict(
                "%(unit)s – %(field)s: tầng này đã hết hồ sơ dự phòng.",
                code="release.none_left",
                unit=gone.unit.name,
                field=wave.settings["fields"].get(gone.stratum, {}).get("vi", gone.stratum),
            )
        pairs.append((gone, code, cases.lock(session, waiting[place].pop(0))))
    return pairs


def _release_one(
    session: Session,
    wave: Wave,
    pair: tuple[Case, str, Case],
    reason: str,
    *,
    by: str,
    now: datetime,
) -> Release:
    gone, code, reserve = pair
    if may_move(gone.disposition, code):
        gone.disposition = code
    reserve.issued = True
    made = ReserveRelease(
        case_id=reserve.id, replaces_id=gone.id, disposition=code, reason=reason, by=by, at=now
    )
    session.add(made)
    cases.append_event(session, gone.id, "replaced", now, by=by, note=code)
    cases.append_event(session, reserve.id, "released", now, by=by, note=reason)
    audit.append(
        session,
        "reserve.released",
        by=by,
        at=now,
        wave=wave.slug,
        case=reserve.id,
        replaces=gone.id,
        disposition=str(code),
        reason=reason,
    )
    session.flush()
    return _view(made, reserve, gone)


def _ended(session: Session, wave: Wave, case: Case) -> str:
    """The code with which a case ends.  Raises Conflict where it may not be replaced."""
    facts = {"case": case.dossier.code}
    if not case.issued:
        raise Conflict(
            "Hồ sơ %(case)s là dự phòng, chưa được đưa vào khảo sát.",
            code="release.not_issued",
            **facts,
        )
    if case.disposition == Disposition.ANSWERED:
        raise Conflict(
            "Hồ sơ %(case)s đã trả lời, không cần thay.", code="release.answered", **facts
        )
    if case.id in contacts.replaced(session, wave.id):
        raise Conflict("Hồ sơ %(case)s đã được thay.", code="release.replaced", **facts)
    rule = ContactRule.of(wave.settings)
    attempts = contacts.attempts_of(session, case.id)
    code = fieldwork.ends_as(case.disposition, attempts, rule, opened=case.opened)
    if not code:
        effort = contact.effort(attempts)
        raise Conflict(
            "Hồ sơ %(case)s chưa được thay: đã liên hệ %(attempts)s/%(need_attempts)s lần, "
            "%(days)s/%(need_days)s ngày, %(dayparts)s/%(need_dayparts)s buổi, "
            "%(personal)s/%(need_personal)s lần gọi hoặc gặp.",
            code="release.too_early",
            **facts,
            **{name: getattr(effort, name) for name in ContactRule.__slots__},
            **{f"need_{name}": getattr(rule, name) for name in ContactRule.__slots__},
        )
    return code


def _reserves_left(session: Session, wave_id: int) -> Counter[tuple[int, str]]:
    rows = session.execute(
        select(Case.unit_id, Case.stratum, func.count())
        .where(Case.wave_id == wave_id, ~Case.issued)
        .group_by(Case.unit_id, Case.stratum)
    )
    return Counter({(unit, stratum): n for unit, stratum, n in rows})


def _view(made: ReserveRelease, reserve: Case, gone: Case) -> Release:
    return Release(
        at=made.at,
        by=made.by,
        unit_name=reserve.unit.name,
        field=reserve.stratum,
        replaced=gone.dossier.code,
        replaced_id=gone.id,
        reserve=reserve.dossier.code,
        reserve_id=reserve.id,
        reserve_rank=reserve.rank,
        code=made.disposition,
        title=MEANINGS[made.disposition].titles,
        reason=made.reason,
    )
