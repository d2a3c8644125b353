"""Answers for analysts: order a package, follow it, fetch it."""

from __future__ import annotations

from flask import redirect, render_template, request, send_file, url_for

from survey.domain.roles import Role
from survey.services import exports, jobs
from survey.services.fieldwork import monitor
from survey.web import guards
from survey.web.i18n import LANGUAGES, _
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.settings import instance

#: Most bootstrap replicates that a page orders; the command line takes more.
MOST_REPLICATES = 1_000


@bp.get("/dot/<slug>/xuat-so-lieu", endpoint="exports")
@guards.requires(Role.ANALYST)
def exports_page(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/xuat-so-lieu")
@guards.requires(Role.ANALYST)
def order_export(slug: str):
    order = _order()
    if not order["formats"]:
        return _page(slug, error=_("Hãy chọn ít nhất một định dạng.")), 422
    job_id = exports.request(current(), slug, order, by=guards.current_user().name, now=now())
    return redirect(url_for("office.job", job_id=job_id), 303)


@bp.post("/dot/<slug>/xuat-so-lieu/<int:job_id>")
@guards.requires(Role.ANALYST)
def fetch_export(slug: str, job_id: int):
    by = guards.current_user().name
    path = exports.fetch(current(), slug, job_id, instance=instance(), by=by, now=now())
    return send_file(
        path, mimetype="application/zip", as_attachment=True, download_name=f"{slug}-microdata.zip"
    )


def _order() -> dict:
    form = request.form
    replicates = form.get("replicates", "")
    n = _number(form.get("n_replicates", ""), 500)
    language = form.get("language", "")
    return {
        "formats": [kind for kind in exports.FORMATS if kind in form.getlist("format")],
        "language": language if language in LANGUAGES else "vi",
        "replicates": replicates if replicates in ("jackknife", "bootstrap") else "",
        "n_replicates": min(max(n, 2), MOST_REPLICATES),
        "seed": 1,
        "script": bool(form.get("script")),
        "with_excluded": bool(form.get("with_excluded")),
        "texts": bool(form.get("texts")),
        "public": min(max(_number(form.get("public", ""), 0), 0), 100),
        "leave_out": form.get("leave_out", "").replace(",", " ").split()[:50],
    }


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise


def _page(slug: str, *, error: str = "") -> str:
    return render_template(
        "office/exports.html",
        wave=monitor.wave(current(), slug),
        files=exports.files(current(), slug, instance=instance()),
        job=jobs.last(current(), exports.KIND, slug),
        formats=exports.FORMATS,
        error=error,
        form=request.form,
        user=guards.current_user(),
    )
