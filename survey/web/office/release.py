"""Release the table: what stands in the way, the release itself, the auditor's file."""

from __future__ import annotations

from flask import Response, current_app, redirect, render_template, request, url_for

from survey.domain.roles import Role, may
from survey.errors import NotFound
from survey.services import jobs
from survey.services.release import releases
from survey.web import guards
from survey.web.i18n import _, language, translated
from survey.web.office import bp
from survey.web.session import current, now


@bp.get("/dot/<slug>/cong-bo")
@guards.requires(Role.VIEWER)
def releases_page(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/cong-bo")
@guards.requires(Role.MANAGER)
def release_table(slug: str):
    found = releases.of_wave(current(), slug, language())
    reason = " ".join(request.form.get("reason", "")[:500].split())
    if found.releases and not reason:
        return _page(slug, error=_("Bản đính chính phải nói rõ lý do.")), 422
    by = guards.current_user().name
    params = {"wave": slug, "by": by, "reason": reason}
    job_id = jobs.request(current(), "release", params, by=by, now=now())
    return redirect(url_for("office.job", job_id=job_id), 303)


@bp.post("/dot/<slug>/cong-bo/<int:number>/day-du")
@guards.requires(Role.MANAGER)
def full_bundle(slug: str, number: int):
    reason = " ".join(request.form.get("reason", "")[:500].split())
    if not reason:
        return _page(slug, error=_("Hãy ghi tệp đầy đủ giao cho ai, để làm gì.")), 422
    try:
        _number, content = releases.full_bundle(
            current(), slug, number, reason=reason, by=guards.current_user().name, now=now()
        )
    except NotFound as refused:
        return _page(slug, error=translated(refused)), 404
    headers = {
        "Content-Disposition": f'attachment; filename="chi-so-{slug}-ban-{number}-day-du.zip"'
    }
    return Response(content, content_type="application/zip", headers=headers)


def _page(slug: str, *, error: str = "") -> str:
    user = guards.current_user()
    settings = current_app.extensions["settings"]
    return render_template(
        "office/release.html",
        found=releases.of_wave(current(), slug, language()),
        key=releases.published_key(current(), slug, settings.release_key),
        job=jobs.last(current(), "release", slug),
        may_release=may(user.role, Role.MANAGER),
        error=error,
        user=user,
    )
