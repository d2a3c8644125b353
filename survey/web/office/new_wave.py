"""A new wave: who asks, when, which questionnaire and scheme, for which units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for

from survey.domain import wave_file
from survey.domain.roles import Role
from survey.domain.text import clean_line
from survey.domain.wave import NO_SURVEY, SURVEY
from survey.errors import Conflict, InvalidInput, NotFound, Problem, SurveyError
from survey.services import units, wave_setup
from survey.services.questionnaires import register
from survey.services.schemes import register as schemes
from survey.web import guards
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.session import current, now

LONGEST = 300
#: Part of an address; "moi" is this page's own.
_SLUG = re.compile(r"(?!moi\Z)[a-z0-9][a-z0-9-]*", re.ASCII)
#: How the form calls what a wave's file calls by its key.
_CALLED = {
    problem.code: problem
    for problem in (
        Problem("slug", "Tên ngắn của đợt"),
        Problem("organisation", "Đơn vị chịu trách nhiệm"),
        Problem("contact", "Liên hệ"),
        Problem("questionnaire", "Phiếu hỏi"),
        Problem("scheme", "Bộ chỉ số"),
        Problem("window", "Hồ sơ trả kết quả trong thời gian"),
        Problem("fieldwork", "Nhận phiếu"),
        Problem("units", "Mã các đơn vị"),
    )
}


@bp.get("/dot/moi")
@guards.requires(Role.MANAGER)
def new_wave():
    return _page(request.args, ())


@bp.post("/dot/moi")
@guards.requires(Role.MANAGER)
def make_wave():
    """Set a wave up; nothing is asked of anybody before its sample is drawn."""
    session, by, when = current(), guards.current_user().name, now()
    try:
        data = wave_file.checked(_data(request.form))
        units.load_register(session)
        slug = wave_setup.make(session, data, by=by, now=when)
    except InvalidInput as refused:
        return _page(request.form, map(_called, refused.problems or (refused,))), 422
    except (Conflict, NotFound) as refused:
        return _page(request.form, (refused,)), 422
    return redirect(url_for("office.wave", slug=slug), 303)


def _data(form: Mapping[str, str]) -> dict[str, Any]:
    """The form as a wave's file would say it; what cannot be read is left out and so told."""
    texts = {name: clean_line(form.get(name, ""))[:LONGEST] for name in form}
    get = lambda name: texts.get(name, "")  # noqa: E731
    return {
        "slug": get("slug") if _SLUG.fullmatch(get("slug")) else "",
        "titles": {"vi": get("title_vi"), "en": get("title_en")},
        **{name: get(name) for name in ("organisation", "contact", "questionnaire", "scheme")},
        "window": _days(get("window_from"), get("window_to")),
        "fieldwork": _days(get("opens_on"), get("closes_on")),
        "units": form.get("units", "").replace(",", " ").split(),
        **({"settings": {SURVEY: NO_SURVEY}} if get("no_survey") else {}),
    }


def _called(fault: Problem | SurveyError) -> Problem | SurveyError:
    called = _CALLED.get(fault.facts.get("key"))
    return Problem(fault.code, fault.message, {"key": called}) if called else fault


def _days(*texts: str) -> list[date]:
    found = []
    for text in texts:
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            return []
    return found


def _page(given: Mapping[str, str], faults: Iterable[Problem | SurveyError]) -> str:
    kept = [each for each in register.listed(current()) if not each.is_retired]
    return render_template(
        "office/new_wave.html",
        given=given,
        faults=[translated(each) for each in faults],
        kept=kept,
        shipped=register.shipped(current()),
        schemes=schemes.listed(current()),
        user=guards.current_user(),
    )
