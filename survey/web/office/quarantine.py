"""Field submissions that wait for a person, and the decision that a manager signs."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput
from survey.services.fieldwork import monitor
from survey.services.intake import quarantine
from survey.web import guards
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.settings import code_key


@bp.get("/dot/<slug>/cach-ly", endpoint="quarantine")
@guards.requires(Role.MANAGER)
def quarantine_list(slug: str):
    return render_template(
        "office/quarantine.html",
        wave=monitor.wave(current(), slug),
        held=quarantine.listing(current(), slug),
        user=guards.current_user(),
    )


@bp.get("/dot/<slug>/cach-ly/<path:id_>")
@guards.requires(Role.MANAGER)
def held(slug: str, id_: str):
    return _page(slug, id_)


@bp.post("/dot/<slug>/cach-ly/<path:id_>")
@guards.requires(Role.MANAGER)
def decide_held(slug: str, id_: str):
    """A refusal comes before anything is changed, so the page is simply shown again."""
    given = {name: request.form.get(name, "")[:500] for name in ("verdict", "reason", "reference")}
    try:
        quarantine.decide(
            current(),
            slug,
            id_,
            **given,
            by=guards.current_user().name,
            code_key=code_key(),
            now=now(),
        )
    except (InvalidInput, Conflict) as refused:
        return _page(slug, id_, error=translated(refused), given=given), 422
    return redirect(url_for("office.quarantine", slug=slug), 303)


def _page(slug: str, id_: str, *, error: str = "", given: dict | None = None):
    return render_template(
        "office/held.html",
        wave=monitor.wave(current(), slug),
        held=quarantine.view(current(), slug, id_),
        user=guards.current_user(),
        error=error,
        given=given or {},
    )
