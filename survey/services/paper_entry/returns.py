"""Logging paper forms that came back: which number, of which case or unit, of which day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from survey.domain import paper
from survey.domain.calendar import local_day
from survey.domain.double_entry import Stage
from survey.domain.text import clean_line
from survey.domain.wave import WaveState
from survey.errors import Conflict, InvalidInput, NotFound, Problem
from survey.services.fieldwork import attempts
from survey.store import audit, units, waves
from survey.store import paper as store
from survey.store.models import Case, PaperForm, PaperReturn, Wave


def log(
    session: Session,
    slug: str,
    number: str,
    *,
    case: str = "",
    unit: str = "",
    filled_on: str,
    by: str,
    now: datetime,
) -> str:
    """Note that a form came back, filled in by a drawn case or at a unit's desk; its number.

    ``case``: dossier code or number in the sample.  ``unit``: code of the unit whose open stream
    the form belongs to.  Raises NotFound, InvalidInput, Conflict.
    """
    wave = waves.get(session, slug)
    _refuse_state(wave)
    form = printed(session, wave, number)
    if form.questionnaire_id != wave.questionnaire_id:
        raise Conflict(
            "Phiếu %(number)s in từ một phiên bản khác của phiếu hỏi.",
            code="paper.version",
            number=paper.shown(form.number),
        )
    if store.returned(session, form.id) is not None:
        raise Conflict(
            "Phiếu %(number)s đã được ghi nhận.",
            code="paper.logged",
            number=paper.shown(form.number),
        )
    found = PaperReturn(
        form_id=form.id,
        filled_on=_day(filled_on, wave, now),
        logged_at=now,
        logged_by=by,
    )
    if bool(clean_line(case)) == bool(unit):
        raise _invalid(Problem("paper.origin", "Hãy ghi hồ sơ, hoặc chọn đơn vị; không cả hai."))
    if unit:
        found.desk_id = _desk(session, wave, form, unit)
    else:
        found.case_id = _case(session, wave, form, case).id
    session.add(found)
    session.flush()
    shown = paper.shown(form.number)
    audit.append(session, "paper.logged", by=by, at=now, wave=slug, number=shown)
    return shown


def take_back(session: Session, slug: str, number: str, *, by: str, now: datetime) -> None:
    """Undo a mistaken line of the log, before anybody has typed the form.

    Raises NotFound, Conflict.
    """
    wave = waves.get(session, slug)
    form = printed(session, wave, number)
    found = store.returned(session, form.id)
    if found is None or found.stage != Stage.LOGGED:
        raise Conflict(
            "Phiếu %(number)s chưa ghi nhận hoặc đã có người nhập; không rút lại được.",
            code="paper.not_taken_back",
            number=paper.shown(form.number),
        )
    store.take_back(session, found)
    shown = paper.shown(form.number)
    audit.append(session, "paper.log_taken_back", by=by, at=now, wave=slug, number=shown)


def printed(session: Session, wave: Wave, text: str) -> PaperForm:
    """The form whose number was typed or scanned.  Raises InvalidInput, NotFound, Conflict."""
    number = paper.read(clean_line(text).rpartition("/")[2])
    if number is None:
        raise _invalid(Problem("paper.mistyped", "Số phiếu gõ sai: số kiểm tra ở cuối không khớp."))
    form = store.form(session, wave.id, number)
    if form is not None and form.state == "void":
        raise Conflict("Phiếu số %(number)s đã huỷ.", code="paper.void", number=paper.shown(number))
    if form is None:
        raise NotFound(
            "Đợt này không in phiếu số %(number)s.",
            code="paper.not_printed",
            number=paper.shown(number),
        )
    return form


def _refuse_state(wave: Wave) -> None:
    if wave.state != WaveState.OPEN:
        raise Conflict(
            "Đợt “%(slug)s” không mở; không nhận thêm phiếu giấy.",
            code="paper.wave_not_open",
            slug=wave.slug,
        )


def _day(text: str, wave: Wave, now: datetime) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _invalid(Problem("paper.day", "Hãy ghi ngày trả lời.")) from None
    if not wave.opens_on <= day <= min(wave.closes_on, local_day(now)):
        raise _invalid(Problem("paper.day_outside", "Ngày trả lời nằm ngoài thời gian khảo sát."))
    return day


def _case(session: Session, wave: Wave, form: PaperForm, reference: str) -> Case:
    case = attempts.find(session, wave.slug, reference)
    facts = {"case": case.dossier.code}
    if not case.issued:
        raise Conflict(
            "Hồ sơ %(case)s là dự phòng, chưa được đưa vào khảo sát.",
            code="attempt.not_issued",
            **facts,
        )
    if form.unit_id not in (None, case.unit_id):
        raise Conflict(
            "Phiếu này in cho một đơn vị khác với hồ sơ %(case)s.", code="paper.unit", **facts
        )
    if case.answered:
        raise Conflict("Hồ sơ %(case)s đã có phiếu trả lời.", code="paper.answered", **facts)
    if store.of_case(session, case.id) is not None:
        raise Conflict("Hồ sơ %(case)s đã có một phiếu giấy.", code="paper.case_twice", **facts)
    return case


def _desk(session: Session, wave: Wave, form: PaperForm, code: str) -> int:
    unit = next((each for each in units.of_wave(session, wave.id) if each.code == code), None)
    desk = unit and store.desk_of_unit(session, wave.id, unit.id)
    if desk is None:
        raise NotFound("Đợt này không có đơn vị “%(unit)s”.", code="paper.unit", unit=code)
    if form.unit_id not in (None, unit.id):
        raise Conflict("Phiếu này in cho một đơn vị khác.", code="paper.unit")
    return desk.id


def _invalid(fault: Problem) -> InvalidInput:
    return InvalidInput(fault.message, [fault], code=fault.code)
