"""How sure the ranking is: possible ranks, ties, chances of bands, models, channels."""

from __future__ import annotations

from flask import Response, abort, render_template, request

from survey.domain.roles import Role, may
from survey.services import result_listing, result_standing, results
from survey.web import guards
from survey.web.i18n import language
from survey.web.session import current


def add_to(bp) -> None:
    """Hang the page and its file under ``/ket-qua/<wave>/do-chac-chan``."""
    bp.add_url_rule("/<slug>/do-chac-chan", "standing", page)
    bp.add_url_rule("/<slug>/do-chac-chan.csv", "standing_csv", csv)


@guards.public
def page(slug: str):
    summary = _summary(slug)
    number = request.args.get("trang", "")
    wanted = result_listing.wanted("", "chi-so", "giam", number)
    found = result_standing.page(current(), slug, language(), wanted)
    if found is None:
        abort(404)
    return render_template("results/standing.html", summary=summary, found=found)


@guards.public
def csv(slug: str):
    _summary(slug)
    content = result_standing.csv_of(current(), slug, language())
    if content is None:
        abort(404)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-do-chac-chan.csv"'}
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


def _summary(slug: str):
    user = guards.current_user()
    private = user is not None and may(user.role, Role.VIEWER)
    found = results.summary(current(), slug, include_private=private)
    if found is None:
        abort(404)
    return found
