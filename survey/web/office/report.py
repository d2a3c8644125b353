"""Reports of a wave: what stands around the figures, the making in the background, the files."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for

from survey.domain.roles import Role, may
from survey.errors import InvalidInput
from survey.services import jobs
from survey.services.fieldwork import monitor
from survey.services.report import reports
from survey.web import guards
from survey.web.i18n import _
from survey.web.office import bp
from survey.web.session import current, now

#: Fields of one line, and of one line an entry.
_LINES = ("parent", "organisation", "number", "symbol", "place", "on", "subject", "signer_title",
          "signer_name")  # fmt: skip
_LISTS = ("bases", "recipients")


@bp.get("/dot/<slug>/bao-cao")
@guards.requires(Role.VIEWER)
def report_page(slug: str):
    return _page(slug, reports.last_about(current(), slug).to_dict())


@bp.post("/dot/<slug>/bao-cao")
@guards.requires(Role.ANALYST)
def make_report(slug: str):
    about = _about()
    kinds = [kind for kind in reports.KINDS if kind in request.form.getlist("kind")]
    try:
        reports.given(about)
    except InvalidInput:
        return _page(slug, about, error=_("Ngày ban hành phải có dạng năm-tháng-ngày.")), 422
    if not kinds:
        return _page(slug, about, error=_("Hãy chọn ít nhất một dạng tệp.")), 422
    by = guards.current_user().name
    params = {"wave": slug, "by": by, "about": about, "kinds": kinds}
    job_id = jobs.request(current(), "report", params, by=by, now=now())
    return redirect(url_for("office.job", job_id=job_id), 303)


@bp.get("/dot/<slug>/bao-cao/<int:report_id>")
@guards.requires(Role.VIEWER)
def report_file(slug: str, report_id: int):
    kind, content = reports.content(current(), slug, report_id)
    headers = {"Content-Disposition": f'attachment; filename="bao-cao-{slug}.{kind}"'}
    return Response(content, content_type=reports.TYPES[kind], headers=headers)


def _about() -> dict[str, Any]:
    found: dict[str, Any] = {
        name: " ".join(request.form.get(name, "")[:300].split()) for name in _LINES
    }
    for name in _LISTS:
        lines = request.form.get(name, "")[:4000].splitlines()
        found[name] = [" ".join(line.split()) for line in lines if line.strip()]
    return found | {"on": found["on"] or None}


def _page(slug: str, about: dict[str, Any], *, error: str = "") -> str:
    user = guards.current_user()
    return render_template(
        "office/report.html",
        wave=monitor.wave(current(), slug),
        about=about,
        files=reports.of_wave(current(), slug),
        job=jobs.last(current(), "report", slug),
        may_make=may(user.role, Role.ANALYST),
        error=error,
        user=user,
    )
