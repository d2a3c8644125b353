"""Long work: asked for here, done by the worker, followed on a page that can be left."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for

from survey.domain.roles import Role
from survey.services import jobs
from survey.web import guards
from survey.web.office import bp
from survey.web.session import current, now


@bp.post("/dot/<slug>/tinh-lai")
@guards.requires(Role.ANALYST)
def recompute(slug: str):
    job_id = jobs.request(
        current(), "recompute", {"wave": slug}, by=guards.current_user().name, now=now()
    )
    return redirect(url_for("office.job", job_id=job_id), 303)


@bp.get("/viec/<int:job_id>")
@guards.requires(Role.VIEWER)
def job(job_id: int):
    found = jobs.get(current(), job_id)
    if found is None:
        abort(404)
    return render_template("office/job.html", job=found, user=guards.current_user())
