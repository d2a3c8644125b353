"""Reserves: who may be replaced, the release, who replaced whom."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput
from survey.services.fieldwork import due, monitor
from survey.services.fieldwork import reserves as fieldwork_reserves
from survey.web import guards
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.session import current, now

#: Cases on the page; the others come up once these are replaced, or with a unit chosen.
SHOWN = 100


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
    return redirect(url_for("office.reserves", slug=slug, n=len(made), **_unit()), 303)


def _unit() -> dict[str, str]:
    """The unit that was chosen, to be kept in the address."""
    unit = request.values.get("don-vi", "")[:50]
    return {"don-vi": unit} if unit else {}


def _page(slug: str, *, chosen: list[str] | None = None, reason: str = "", error: str = "") -> str:
    unit = request.values.get("don-vi", "")[:50]
    waiting = fieldwork_reserves.replaceable(current(), slug, unit=unit)
    return render_template(
        "office/reserves.html",
        wave=monitor.wave(current(), slug),
        waiting=waiting[:SHOWN],
        n_more=len(waiting[SHOWN:]),
        units=due.unit_names(current(), slug),
        unit=unit,
        releases=fieldwork_reserves.releases(current(), slug),
        fields=due.field_titles(current(), slug),
        chosen=chosen or [],
        reason=reason,
        error=error,
        released=request.args.get("n", type=int),
        user=guards.current_user(),
    )
