"""Reserves: who may be replaced, the release, who replaced whom."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput
from survey.services import fieldwork_due, fieldwork_reserves, monitor
from survey.web import guards
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.session import current, now


@bp.get("/dot/<slug>/du-phong")
@guards.requires(Role.MANAGER)
def reserves(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/du-phong")
@guards.requires(Role.MANAGER)
def release(slug: str):
    chosen = request.form.getlist("case")[:500]
    reason = request.form.get("reason", "")[:500]
    try:
        made = fieldwork_reserves.release(
            current(), slug, chosen, reason=reason, by=guards.current_user().name, now=now()
        )
    except (InvalidInput, Conflict) as refused:
        # The service looks at every case before it writes: nothing is half done here.
        return _page(slug, chosen=chosen, reason=reason, error=translated(refused)), 422
    return redirect(url_for("office.reserves", slug=slug, n=len(made)), 303)


def _page(slug: str, *, chosen: list[str] | None = None, reason: str = "", error: str = "") -> str:
    return render_template(
        "office/reserves.html",
        wave=monitor.wave(current(), slug),
        waiting=fieldwork_reserves.replaceable(current(), slug),
        releases=fieldwork_reserves.releases(current(), slug),
        fields=fieldwork_due.field_titles(current(), slug),
        chosen=chosen or [],
        reason=reason,
        error=error,
        released=request.args.get("n", type=int),
        user=guards.current_user(),
    )
