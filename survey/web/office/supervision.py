"""Supervision: who does what, second interviews, how enumerators differ, messages."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services.fieldwork import monitor
from survey.services.supervision import attempt_map, back_checks, messages, workload
from survey.web import guards
from survey.web.i18n import _, language, translated
from survey.web.office import bp
from survey.web.session import current, now


@bp.get("/dot/<slug>/giam-sat", endpoint="supervision")
@guards.requires(Role.MANAGER)
def supervision_page(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/giam-sat/phuc-tra")
@guards.requires(Role.MANAGER)
def draw_checks(slug: str):
    form = request.form
    try:
        back_checks.draw(
            current(),
            slug,
            share=_percent(form.get("share", "")),
            seed=form.get("seed", "")[:80],
            by=guards.current_user().name,
            now=now(),
        )
    except (Conflict, InvalidInput) as refused:
        return _page(slug, error=translated(refused)), 422
    return redirect(url_for("office.supervision", slug=slug) + "#phuc-tra", 303)


@bp.post("/dot/<slug>/giam-sat/nhan")
@guards.requires(Role.MANAGER)
def send_message(slug: str):
    form = request.form
    try:
        messages.send(
            current(),
            slug,
            form.get("name", "")[:60],
            form.get("text", ""),
            by=guards.current_user().name,
            now=now(),
        )
    except (InvalidInput, NotFound) as refused:
        monitor.wave(current(), slug)
        return _page(slug, error=translated(refused)), 422
    return redirect(url_for("office.supervision", slug=slug) + "#nhan", 303)


@bp.get("/dot/<slug>/giam-sat/phuc-tra/<int:check_id>", endpoint="back_check")
@guards.requires(Role.MANAGER)
def back_check_page(slug: str, check_id: int):
    return _check_page(slug, check_id)


@bp.post("/dot/<slug>/giam-sat/phuc-tra/<int:check_id>")
@guards.requires(Role.MANAGER)
def record_check(slug: str, check_id: int):
    asked = back_checks.questions(current(), slug)
    answers = {each.name: request.form.get(each.name, "")[:80] for each in asked}
    try:
        back_checks.record(
            current(), slug, check_id, answers, by=guards.current_user().name, now=now()
        )
    except (Conflict, InvalidInput) as refused:
        return _check_page(slug, check_id, error=translated(refused)), 422
    return redirect(url_for("office.supervision", slug=slug) + "#phuc-tra", 303)


def _page(slug: str, *, error: str = ""):
    return render_template(
        "office/supervision.html",
        wave=monitor.wave(current(), slug),
        lines=workload.workload(current(), slug),
        units=workload.units(current(), slug),
        drawn=attempt_map.svg(current(), slug, language()),
        checks=back_checks.checks(current(), slug),
        agreement=back_checks.agreement(current(), slug),
        sent=messages.of_wave(current(), slug),
        words=_words(),
        most=messages.MOST_TEXT,
        error=error,
        form=request.form,
        user=guards.current_user(),
    )


def _check_page(slug: str, check_id: int, *, error: str = ""):
    return render_template(
        "office/back_check.html",
        wave=monitor.wave(current(), slug),
        check=back_checks.one(current(), slug, check_id),
        questions=back_checks.questions(current(), slug),
        error=error,
        form=request.form,
        user=guards.current_user(),
    )


def _words() -> dict[str, str]:
    return {
        "fast": _("Phỏng vấn nhanh: trung vị %(own)s phút, người khác %(others)s phút"),
        "refusals": _("Nhiều từ chối: %(own)s %%, người khác %(others)s %%"),
        "disagrees": _("Phúc tra lệch: trùng %(own)s %%, người khác %(others)s %%"),
    }


def _percent(text: str) -> float:
    try:
        return float(text.replace(",", ".")) / 100
    except ValueError:
        return 0.0
