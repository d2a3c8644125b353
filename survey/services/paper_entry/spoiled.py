"""Paper forms that were spoilt or lost before anybody answered on them: their numbers are void."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from survey.domain import paper
from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput
from survey.services.paper_entry import returns
from survey.store import audit, waves
from survey.store import paper as store

#: Numbers of one time; more is a slip of the finger.
MOST = 500


def void(
    session: Session, slug: str, first: str, last: str = "", *, reason: str, by: str, now: datetime
) -> int:
    """Void one number or all from ``first`` to ``last``; how many.  All or nothing.

    Raises NotFound, InvalidInput, Conflict: a form that came back holds somebody's answer.
    """
    wave, words = waves.get(session, slug), clean_line(reason)[:500]
    if not words:
        raise InvalidInput("Hãy ghi lý do huỷ.", code="paper.no_reason")
    low = returns.printed(session, wave, first)
    high = returns.printed(session, wave, last) if last.strip() else low
    if not low.number <= high.number < low.number + MOST:
        raise InvalidInput(
            "Số đầu phải trước số cuối; mỗi lần huỷ nhiều nhất %(most)s phiếu.",
            code="paper.bad_range",
            most=MOST,
        )
    forms = [
        form
        for number in range(low.number, high.number + 1)
        if (form := store.form(session, wave.id, number)) and form.state != "void"
    ]
    for form in forms:
        if store.returned(session, form.id) is not None:
            raise Conflict(
                "Phiếu %(number)s đã nhận về; không huỷ được.",
                code="paper.came_back",
                number=paper.shown(form.number),
            )
    for form in forms:
        form.state = "void"
    audit.append(
        session, "paper.voided", by=by, at=now, wave=slug, first=paper.shown(low.number),
        last=paper.shown(high.number), n=len(forms), reason=words,
    )  # fmt: skip
    return len(forms)
