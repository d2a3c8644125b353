"""Where points were lost, and what goes with overall satisfaction: for everybody."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

from survey.domain.roles import Role, may
from survey.services import losses, results
from survey.web import guards
from survey.web.i18n import language
from survey.web.session import current


def add_to(bp: Blueprint) -> None:
    """Hang the pages under ``/ket-qua/<wave>/mat-diem``."""
    bp.add_url_rule("/<slug>/mat-diem", "losses", page)
    bp.add_url_rule("/<slug>/mat-diem.csv", "losses_csv", csv)


@guards.public
def page(slug: str):
    summary = _summary(slug)
    found = losses.page(current(), slug, language())
    if found is None:
        abort(404)
    return render_template(
        "results/losses.html", summary=summary, found=found, cells=losses.driver_cells
    )


@guards.public
def csv(slug: str):
    _summary(slug)
    content = losses.csv_of(current(), slug, language())
    if content is None:
        abort(404)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-mat-diem.csv"'}
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


def _summary(slug: str):
    user = guards.current_user()
    private = user is not None and may(user.role, Role.VIEWER)
    found = results.summary(current(), slug, include_private=private)
    if found is None:
        abort(404)
    return found
