"""What one unit owes, as its own account sees it and acts on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from survey.domain import duty as rules
from survey.domain.attachment import Attachment
from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services.follow_up import duties
from survey.services.follow_up.duties import DutyView


def get(session: Session, slug: str, unit_id: int, duty_id: int, *, now: datetime) -> DutyView:
    """Raises NotFound, for another unit's too."""
    found = duties.get(session, slug, duty_id, now=now)
    if found.unit_id != unit_id:
        raise NotFound("Không có việc này.", code="duty.not_found")
    return found


def may_do(duty: DutyView) -> tuple[rules.Action, ...]:
    """What is the unit's to do now."""
    return tuple(action for action in duty.actions if action in rules.BY_UNIT)


def act(
    session: Session, slug: str, unit_id: int, duty_id: int, action: str, *, person: str,
    note: str = "", file: Attachment | None = None, by: str, now: datetime,
) -> DutyView:  # fmt: skip
    """Send what is owed, or tell how it goes.  Raises NotFound, Conflict, InvalidInput."""
    if action not in may_do(get(session, slug, unit_id, duty_id, now=now)):
        raise Conflict("Bước này không phải của đơn vị, hoặc chưa đến lúc.", code="duty.not_own")
    if not clean_line(person):
        raise InvalidInput(
            "Hãy ghi ai chịu trách nhiệm ở đơn vị (họ tên, chức vụ).", code="duty.no_person"
        )
    return duties.act(
        session, slug, duty_id, action, note=note, person=person, file=file, by=by, now=now
    )


def file_of(
    session: Session, slug: str, unit_id: int, duty_id: int, sha256: str, *, now: datetime
) -> tuple[str, str, bytes]:
    """Name, media type and content of a file in the log.  Raises NotFound."""
    get(session, slug, unit_id, duty_id, now=now)
    return duties.file_of(session, slug, duty_id, sha256)
