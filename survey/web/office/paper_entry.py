"""Paper forms that came back: logged, typed twice, differences resolved, errors counted."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from forms.faces import keying
from survey.domain.calendar import local_day
from survey.domain.double_entry import STAGE_TITLES, Round
from survey.domain.roles import Role, may
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services.fieldwork import monitor
from survey.services.paper_entry import entering, overview, returns
from survey.web import guards
from survey.web.i18n import _, translated
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.settings import code_key

#: What comes before a question's name: no question can be mistaken for another field of the page.
TYPED, OTHER = "q-", "o-"


@bp.get("/dot/<slug>/nhap-phieu")
@guards.requires(Role.ENUMERATOR)
def paper_entry(slug: str):
    """What is to be typed; the form that was asked for by its number opens."""
    number = request.args.get("so", "")[:80].strip()
    if not number:
        return _hub(slug)
    try:
        shown = entering.sheet(current(), slug, number, account_id=guards.current_user().id).number
    except (Conflict, InvalidInput, NotFound) as refused:
        return _hub(slug, error=translated(refused), wanted=number), 422
    return redirect(url_for("office.paper_sheet", slug=slug, number=shown), 303)


@bp.post("/dot/<slug>/nhap-phieu/ghi-nhan")
@guards.requires(Role.MANAGER)
def log_paper(slug: str):
    """A form came back."""
    given = {name: request.form.get(name, "")[:80] for name in ("number", "case", "unit", "day")}
    try:
        shown = returns.log(
            current(),
            slug,
            given["number"],
            case=given["case"],
            unit=given["unit"],
            filled_on=given["day"],
            by=guards.current_user().name,
            now=now(),
        )
    except (Conflict, InvalidInput, NotFound) as refused:
        monitor.wave(current(), slug)
        return _hub(slug, log_error=translated(refused), given=given), 422
    kept = {"day": given["day"], "unit": given["unit"]}
    return _hub(slug, said=_("Đã ghi nhận phiếu %(number)s.", number=shown), given=kept)


@bp.post("/dot/<slug>/nhap-phieu/rut")
@guards.requires(Role.MANAGER)
def take_back_paper(slug: str):
    """A line of the log that was a mistake."""
    number = request.form.get("number", "")[:80]
    try:
        returns.take_back(current(), slug, number, by=guards.current_user().name, now=now())
    except (Conflict, InvalidInput, NotFound) as refused:
        monitor.wave(current(), slug)
        return _hub(slug, log_error=translated(refused)), 422
    return redirect(url_for("office.paper_entry", slug=slug), 303)


@bp.get("/dot/<slug>/nhap-phieu/<number>")
@guards.requires(Role.ENUMERATOR)
def paper_sheet(slug: str, number: str):
    try:
        return _sheet(slug, number)
    except (Conflict, InvalidInput) as refused:
        return _hub(slug, error=translated(refused), wanted=number), 422


@bp.post("/dot/<slug>/nhap-phieu/<number>")
@guards.requires(Role.ENUMERATOR)
def enter_paper(slug: str, number: str):
    """What somebody typed, or decided."""
    user = guards.current_user()
    try:
        opened = entering.sheet(current(), slug, number, account_id=user.id)
        typed, missing = _typed(opened)
        if missing:
            return _sheet(slug, number, typed=typed, missing=missing), 422
        done = entering.enter(
            current(),
            slug,
            number,
            typed,
            as_written=request.form.get("as_written") == "yes",
            account_id=user.id,
            by=user.name,
            code_key=code_key(),
            now=now(),
        )
    except (Conflict, InvalidInput) as refused:
        return _hub(slug, error=translated(refused), wanted=number), 422
    if done.stage is None:
        return _sheet(slug, number, typed=typed, done=done), 422
    place = url_for("office.paper_entry", slug=slug, xong=opened.number, thanh=done.stage)
    return redirect(place, 303)


def _typed(opened: entering.Sheet) -> tuple[dict[str, str], list[str]]:
    """What was typed by question; where differences are decided also those left undecided."""
    form, typed, missing = request.form, {}, []
    for field in opened.fields:
        text = form.get(TYPED + field.name, "")[: keying.MAX_TYPED]
        if opened.round is Round.RESOLUTION:
            other = form.get(OTHER + field.name, "")[: keying.MAX_TYPED].strip()
            if not other and TYPED + field.name not in form:
                missing.append(field.name)
            text = other or text
        typed[field.name] = text
    return typed, missing


def _sheet(slug: str, number: str, *, typed=None, missing=(), done=None) -> str:
    user = guards.current_user()
    opened = entering.sheet(current(), slug, number, account_id=user.id)
    return render_template(
        "office/paper_sheet.html",
        wave=monitor.wave(current(), slug),
        sheet=opened,
        resolves=opened.round is Round.RESOLUTION,
        typed=typed or {},
        missing=missing,
        problems=(done and done.problems) or {},
        rules=(done and done.rules) or {},
        shown=keying.shown,
        user=user,
        is_keyer=not may(user.role, Role.MANAGER),
    )


def _hub(slug: str, **more) -> str:
    user = guards.current_user()
    return render_template(
        "office/paper_entry.html",
        wave=monitor.wave(current(), slug),
        found=overview.overview(current(), slug, account_id=user.id),
        stages=STAGE_TITLES,
        finished=request.args.get("xong", "")[:20],
        became=request.args.get("thanh", "")[:20],
        today=local_day(now()).isoformat(),
        user=user,
        is_keyer=not may(user.role, Role.MANAGER),
        **{"given": {}, "error": "", "log_error": "", "said": "", "wanted": "", **more},
    )
