"""Second interviews: drawn by a seed, compared when entered, never kept by person."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import routing
from forms.model import Kind, Question, Questionnaire
from survey.domain import supervision as rules
from survey.domain.intake import State
from survey.domain.supervision import Agreement
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services import definitions
from survey.services.supervision import compared
from survey.store import audit, waves
from survey.store.models import (
    BackCheck,
    BackCheckCount,
    FieldSubmission,
    Response,
    Wave,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    id: int
    case_id: int
    dossier_code: str
    unit_name: str
    interviewer: str
    state: str
    done_by: str


def draw(session: Session, slug: str, *, share: float, seed: str, by: str, now: datetime) -> int:
    """Draw interviews for a second one: a share of each enumerator's, at least one; how many new.

    The draw follows from seed and case number, so that anybody can do it again.
    Raises NotFound, InvalidInput, Conflict (a closed wave has no links left).
    """
    wave = waves.get(session, slug)
    if wave.state == "closed":
        raise Conflict(
            "Đợt “%(slug)s” đã đóng; phúc tra phải làm trước khi đóng đợt.",
            code="back_check.closed",
            slug=slug,
        )
    if not 0 < share <= 1 or not seed.strip():
        raise InvalidInput(
            "Tỷ lệ phúc tra từ 1 đến 100 phần trăm, và cần một hạt giống.", code="back_check.draw"
        )
    done = defaultdict(list)
    for account_id, case_id in _interviewed(session, wave):
        done[account_id].append(case_id)
    known = set(session.scalars(select(BackCheck.case_id).where(BackCheck.wave_id == wave.id)))
    n_new = 0
    for account_id, found in sorted(done.items()):
        found.sort(key=lambda case: hashlib.sha256(f"{seed}/{case}".encode()).digest())
        wanted = max(1, ceil(share * len(found) - 1e-9))
        already = len(known & set(found))
        for case_id in [case for case in found if case not in known][: max(0, wanted - already)]:
            session.add(
                BackCheck(
                    wave_id=wave.id,
                    case_id=case_id,
                    account_id=account_id,
                    seed=seed.strip(),
                    drawn_at=now,
                    drawn_by=by,
                )
            )
            n_new += 1
    audit.append(session, "back_check.drawn", by=by, at=now, wave=slug, n=n_new, seed=seed)
    return n_new


def checks(session: Session, slug: str) -> list[CheckLine]:
    """All drawn second interviews, those that wait first.  Raises NotFound."""
    wave = waves.get(session, slug)
    found = session.scalars(
        select(BackCheck)
        .where(BackCheck.wave_id == wave.id)
        .order_by(BackCheck.state != "waiting", BackCheck.case_id)
    )
    return [
        CheckLine(
            id=each.id,
            case_id=each.case_id,
            dossier_code=each.case.dossier.code,
            unit_name=each.case.unit.name,
            interviewer=each.account.name,
            state=each.state,
            done_by=each.done_by,
        )
        for each in found
    ]


def one(session: Session, slug: str, check_id: int) -> CheckLine:
    """Raises NotFound."""
    for each in checks(session, slug):
        if each.id == check_id:
            return each
    raise NotFound("Không có phiếu phúc tra này.", code="back_check.not_found")


def questions(session: Session, slug: str) -> list[Question]:
    """What a second interview asks again: facts, no opinions and nothing sensitive."""
    return _facts(definitions.of(waves.get(session, slug).questionnaire))


def record(
    session: Session,
    slug: str,
    check_id: int,
    answers: Mapping[str, str],
    *,
    by: str,
    now: datetime,
) -> None:
    """Compare a second interview with the first and count the pairs; no answers: not reached.

    Raises NotFound, Conflict (done before, or by who took the first), InvalidInput.
    """
    check = _open_check(session, slug, check_id, by=by)
    first = _first_answers(session, check.case_id)
    given = {name: text for name, text in answers.items() if text}
    for question in questions(session, slug):
        second = given.pop(question.name, None)
        if second is None or routing.is_blank(first.get(question.name)):
            continue
        if second not in question.choice_by_name:
            raise InvalidInput(
                "Câu “%(name)s” không có phương án “%(option)s”.",
                code="back_check.option",
                name=question.item or question.name,
                option=second,
            )
        _count(session, check, question.name, str(first[question.name]), second)
    check.state = "done" if any(answers.values()) else "not_reached"
    check.done_at, check.done_by = now, by
    audit.append(session, "back_check.done", by=by, at=now, wave=slug, state=check.state)


def agreement(session: Session, slug: str) -> list[tuple[Question, Agreement]]:
    """Agreement by question, over all enumerators.  Raises NotFound."""
    wave = waves.get(session, slug)
    pooled: dict[str, Counter] = defaultdict(Counter)
    for of_person in compared.tables(session, wave).values():
        for question, table in of_person.items():
            pooled[question].update(table)
    found = []
    for question in questions(session, slug):
        made = rules.agreement(pooled.get(question.name, {}))
        if made:
            found.append((question, made))
    return found


def _interviewed(session: Session, wave: Wave) -> list[Any]:
    return session.execute(
        select(FieldSubmission.account_id, FieldSubmission.case_id)
        .where(
            FieldSubmission.wave_id == wave.id,
            FieldSubmission.state == State.STORED,
            FieldSubmission.case_id.is_not(None),
        )
        .distinct()
    ).all()


def _open_check(session: Session, slug: str, check_id: int, *, by: str) -> BackCheck:
    wave = waves.get(session, slug)
    check = session.get(BackCheck, check_id, with_for_update=True)
    if check is None or check.wave_id != wave.id:
        raise NotFound("Không có phiếu phúc tra này.", code="back_check.not_found")
    if check.state != "waiting":
        raise Conflict("Phiếu phúc tra này đã nhập rồi.", code="back_check.twice")
    if check.account.name == by:
        raise Conflict(
            "Người phỏng vấn lần đầu không phúc tra chính mình.", code="back_check.same_person"
        )
    return check


def _first_answers(session: Session, case_id: int) -> Mapping[str, Any]:
    query = (
        select(Response.answers)
        .join(FieldSubmission, FieldSubmission.response_id == Response.id)
        .where(FieldSubmission.case_id == case_id, FieldSubmission.state == State.STORED)
    )
    found = session.scalars(query).first()
    if found is None:
        raise Conflict(
            "Phiếu lần đầu không còn: đã rút, hoặc đợt đã đóng.", code="back_check.no_first"
        )
    return found


def _count(session: Session, check: BackCheck, question: str, first: str, second: str) -> None:
    key = (check.wave_id, check.account_id, question, first, second)
    found = session.get(BackCheckCount, key, with_for_update=True)
    if found is None:
        names = ("wave_id", "account_id", "question", "first", "second")
        session.add(BackCheckCount(**dict(zip(names, key, strict=True)), n=1))
        session.flush()
    else:
        found.n += 1


def _facts(q: Questionnaire) -> list[Question]:
    return [
        each
        for each in q
        if each.kind is Kind.SELECT_ONE and not (each.is_scale or each.sensitive or each.required)
    ]
