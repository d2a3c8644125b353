"""One unit's page: every figure of it, with its doubt, to read or to print."""

from __future__ import annotations

from flask import abort, render_template

from survey.domain.roles import Role, may
from survey.services import result_unit, results
from survey.web import guards
from survey.web.i18n import language
from survey.web.session import current


def add_to(bp) -> None:
    """Hang the pages under ``/ket-qua/<wave>/don-vi``."""
    bp.add_url_rule("/<slug>/don-vi/<code>/<since>", "unit", page)


@guards.public
def page(slug: str, code: str, since: str):
    user = guards.current_user()
    private = user is not None and may(user.role, Role.VIEWER)
    summary = results.summary(current(), slug, include_private=private)
    found = summary and result_unit.page(current(), slug, code, since, language())
    if not found:
        abort(404)
    return render_template("results/unit.html", summary=summary, found=found)
