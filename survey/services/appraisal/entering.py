"""Each step of an appraisal with its author: days, claims, documents, decisions."""

from __future__ import annotations

import math
from datetime import date, datetime

from sqlalchemy.orm import Session

from analysis.index.scheme import Input
from survey.domain import appraisal as rules
from survey.domain.appraisal import Action
from survey.domain.attachment import Attachment
from survey.domain.calendar import local_day
from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services.appraisal import reading
from survey.services.follow_up import duties
from survey.store import audit, waves
from survey.store.models import AppraisalDeadline, PointEvent


def set_days(
    session: Session, slug: str, claim_by: date | None, decide_by: date | None, note: str = "",
    *, by: str, now: datetime,
) -> None:  # fmt: skip
    """Open the appraisal, or move its days, with a reason.  Raises NotFound, InvalidInput."""
    wave = waves.get(session, slug)
    words = clean_line(note)[:500]
    if claim_by is None or decide_by is None or decide_by < claim_by:
        raise InvalidInput(
            "Hãy ghi cả hai hạn; hạn thẩm định không trước hạn tự chấm điểm.",
            code="appraisal.bad_days",
        )
    if reading.days(session, wave.id) is not None and not words:
        raise InvalidInput("Hãy ghi lý do dời hạn.", code="appraisal.no_reason")
    session.add(
        AppraisalDeadline(
            wave_id=wave.id, claim_by=claim_by, decide_by=decide_by, note=words, at=now, by=by
        )
    )
    audit.append(
        session, "appraisal.days", by=by, at=now, wave=slug, claim_by=claim_by.isoformat(),
        decide_by=decide_by.isoformat(),
    )  # fmt: skip
    session.flush()


def claim(
    session: Session, slug: str, unit_id: int, item: str, points: float | None, *, person: str,
    note: str = "", file: Attachment | None = None, by: str, now: datetime,
) -> None:  # fmt: skip
    """A unit's own points; None where the item does not apply.

    Raises NotFound, Conflict after the day, InvalidInput.
    """
    may_claim(session, slug, now)
    limit = reading.limit(session, slug, unit_id, item)
    _applies(session, slug, item, points)
    _within(points, limit)
    _add(
        session, slug, unit_id, item, Action.CLAIMED, points=points, note=note,
        person=_person(person), file=file, by=by, now=now,
    )  # fmt: skip


def add_evidence(
    session: Session, slug: str, unit_id: int, item: str, file: Attachment | None, *, person: str,
    note: str = "", by: str, now: datetime,
) -> None:  # fmt: skip
    """A further document for a claim.  Raises NotFound, Conflict, InvalidInput."""
    may_claim(session, slug, now)
    reading.limit(session, slug, unit_id, item)
    if file is None:
        raise InvalidInput("Hãy kèm tài liệu kiểm chứng.", code="appraisal.no_file")
    _add(
        session, slug, unit_id, item, Action.EVIDENCED, note=note, person=_person(person),
        file=file, by=by, now=now,
    )  # fmt: skip


def state_sum(
    session: Session, slug: str, unit_id: int, area: str, points: float, *, person: str, by: str,
    now: datetime,
) -> None:  # fmt: skip
    """The sum that a unit writes for an area or the whole; it is held against its claims.

    Raises NotFound, Conflict after the day, InvalidInput.
    """
    may_claim(session, slug, now)
    scheme = reading.scheme_of(waves.get(session, slug))
    reading.of_unit(session, slug, unit_id)
    if area != rules.TOTAL and area not in {each.id for each in scheme.areas}:
        raise NotFound("Đợt này không có mục hay đơn vị ấy.", code="appraisal.not_found")
    _within(points, Input(area, -scheme.max_points, 2 * scheme.max_points))
    _add(
        session, slug, unit_id, area, Action.STATED, points=points, person=_person(person), by=by,
        now=now,
    )  # fmt: skip


def decide(
    session: Session, slug: str, unit_id: int, item: str, decision: str, *,
    points: float | None = None, reason: str = "", by: str, now: datetime,
) -> None:  # fmt: skip
    """Accept a claim, change its points or reject it (nothing is given).

    Raises NotFound, InvalidInput, Conflict: not open, past its day, no claim to decide on, or
    decided by the account that entered it.
    """
    wave = waves.get(session, slug)
    limit = reading.limit(session, slug, unit_id, item)
    due = reading.days(session, wave.id)
    if due is None or rules.is_past(due.decide_by, local_day(now)):
        raise Conflict("Ngoài hạn thẩm định; hãy dời hạn trước.", code="appraisal.not_open")
    seen = rules.standing(reading.events(session, wave.id, unit_id, item))
    if seen.state is not rules.State.CLAIMED:
        raise Conflict("Mục này không có điểm tự chấm đang chờ.", code="appraisal.no_claim")
    if by in seen.entered_by:
        raise Conflict(
            "Người nhập điểm tự chấm không được tự thẩm định mục ấy.", code="appraisal.own_claim"
        )
    if decision not in rules.DECISIONS:
        raise InvalidInput("Hãy chọn một quyết định.", code="appraisal.no_decision")
    wanted = Action(decision)
    if wanted in rules.NEEDS_REASON and not clean_line(reason):
        raise InvalidInput("Hãy ghi lý do.", code="appraisal.no_reason")
    if wanted is Action.ACCEPTED:
        points = seen.claim
    elif wanted is Action.REJECTED:
        points = max(0.0, limit.low)
    _applies(session, slug, item, points)
    _within(points, limit)
    _add(
        session, slug, unit_id, item, wanted, points=points, note=reason, by=by, now=now
    )  # fmt: skip


def may_claim(session: Session, slug: str, now: datetime) -> None:
    """Raises NotFound, Conflict unless units may enter points today."""
    due = reading.days(session, waves.get(session, slug).id)
    if due is None:
        raise Conflict("Chưa mở đợt tự chấm điểm.", code="appraisal.not_open")
    if rules.is_past(due.claim_by, local_day(now)):
        raise Conflict(
            "Đã hết hạn tự chấm điểm (%(day)s).", code="appraisal.too_late",
            day=f"{due.claim_by:%d/%m/%Y}",
        )  # fmt: skip


def file_of(session: Session, slug: str, unit_id: int, sha256: str) -> tuple[str, str, bytes]:
    """Name, media type and content of a unit's document.  Raises NotFound."""
    wave = waves.get(session, slug)
    for event in reading.events(session, wave.id, unit_id):
        if event.file_sha256 == sha256:
            found = duties.stored_file(session, sha256)
            return event.file_name, found.media_type, found.content
    raise NotFound("Không có tệp này.", code="appraisal.no_file")


def _applies(session: Session, slug: str, item: str, points: float | None) -> None:
    if points is None and not reading.scheme_of(waves.get(session, slug)).may_be_na()[item]:
        raise InvalidInput(
            "Mục %(item)s áp dụng cho mọi đơn vị, không ghi “không áp dụng” được.",
            code="appraisal.must_apply", item=item,
        )  # fmt: skip


def _within(points: float | None, limit: Input) -> None:
    if points is not None and not (math.isfinite(points) and limit.low <= points <= limit.high):
        raise InvalidInput(
            "Điểm phải là số từ %(low)s đến %(high)s.", code="appraisal.bad_points",
            low=f"{limit.low:g}", high=f"{limit.high:g}",
        )  # fmt: skip


def _person(text: str) -> str:
    found = clean_line(text)[:200]
    if not found:
        raise InvalidInput(
            "Hãy ghi ai chịu trách nhiệm ở đơn vị (họ tên, chức vụ).", code="appraisal.no_person"
        )
    return found


def _add(
    session: Session, slug: str, unit_id: int, item: str, action: Action, *, by: str,
    now: datetime, points: float | None = None, note: str = "", person: str = "",
    file: Attachment | None = None,
) -> None:  # fmt: skip
    kept = duties.keep_file(session, file)
    session.add(
        PointEvent(
            wave_id=waves.get(session, slug).id, unit_id=unit_id, item=item, action=action,
            points=points, note=clean_line(note)[:2000], person=person,
            file_sha256=kept.sha256 if kept else None, file_name=kept.name if kept else "",
            at=now, by=by,
        )
    )  # fmt: skip
    audit.append(
        session, f"points.{action}", by=by, at=now, wave=slug, unit=unit_id, item=item
    )  # fmt: skip
    session.flush()
