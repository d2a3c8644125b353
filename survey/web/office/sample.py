"""The sample of a wave: its commitment, the page to be put up, opening a pseudonym."""

from __future__ import annotations

from flask import Response, render_template, request

from survey.domain.roles import Role
from survey.errors import InvalidInput, NotFound
from survey.services.fieldwork import monitor
from survey.services.sampling import commitment, pseudonyms
from survey.web import guards
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.settings import public_url


@bp.get("/dot/<slug>/mau")
@guards.requires(Role.VIEWER)
def sample(slug: str):
    return _page(slug)


@bp.get("/dot/<slug>/cam-ket.pdf")
@guards.requires(Role.VIEWER)
def commitment_page(slug: str):
    content = commitment.page_pdf(current(), slug, public_url=public_url())
    headers = {"Content-Disposition": f'attachment; filename="cam-ket-mau-{slug}.pdf"'}
    return Response(content, content_type="application/pdf", headers=headers)


@bp.post("/dot/<slug>/mau")
@guards.requires(Role.MANAGER)
def open_pseudonym(slug: str):
    name, reason = request.form.get("pseudonym", "")[:64], request.form.get("reason", "")[:500]
    try:
        opened = pseudonyms.open_pseudonym(
            current(), slug, name, reason=reason, by=guards.current_user().name, now=now()
        )
    except (InvalidInput, NotFound) as refused:
        return _page(slug, name=name, reason=reason, error=translated(refused)), 422
    return _page(slug, opened=opened)


def _page(slug: str, **more: object) -> str:
    user = guards.current_user()
    return render_template(
        "office/sample.html",
        wave=monitor.wave(current(), slug),
        found=commitment.view(current(), slug),
        user=user,
        **more,
    )
