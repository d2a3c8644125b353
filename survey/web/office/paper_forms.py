"""Paper forms: print numbered copies of the wave's questionnaire."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for

from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services import paper_forms
from survey.services.fieldwork import monitor
from survey.services.paper_entry import spoiled
from survey.web import guards
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.session import current, now


@bp.get("/dot/<slug>/phieu-giay", endpoint="paper_forms")
@guards.requires(Role.MANAGER)
def paper_forms_page(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/phieu-giay")
@guards.requires(Role.MANAGER)
def print_paper_forms(slug: str):
    count = request.form.get("count", "").strip()
    try:
        made = paper_forms.print_forms(
            current(),
            slug,
            count=int(count) if count.isascii() and count.isdigit() and len(count) < 6 else 0,
            language=request.form.get("language", "vi"),
            unit_code=request.form.get("unit", ""),
            by=guards.current_user().name,
            now=now(),
        )
    except (Conflict, InvalidInput, NotFound) as refused:
        monitor.wave(current(), slug)
        return _page(slug, error=translated(refused)), 422
    name = f"phieu-giay-{slug}-{made.first}-{made.last}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made.pdf, content_type="application/pdf", headers=headers)


@bp.post("/dot/<slug>/phieu-giay/huy")
@guards.requires(Role.MANAGER)
def void_paper_forms(slug: str):
    form = request.form
    try:
        n = spoiled.void(
            current(), slug, form.get("first", "")[:80], form.get("last", "")[:80],
            reason=form.get("reason", ""), by=guards.current_user().name, now=now(),
        )  # fmt: skip
    except (Conflict, InvalidInput, NotFound) as refused:
        monitor.wave(current(), slug)
        return _page(slug, error=translated(refused)), 422
    return redirect(url_for("office.paper_forms", slug=slug, huy=n), 303)


def _page(slug: str, *, error: str = "") -> str:
    return render_template(
        "office/paper_forms.html",
        wave=monitor.wave(current(), slug),
        found=paper_forms.overview(current(), slug),
        most=paper_forms.MOST,
        voided=request.args.get("huy", type=int),
        form=request.form,
        error=error,
        user=guards.current_user(),
    )
