"""The quarterly sheet of TT 01/2018: upload a quarter's points, see and download the classes."""

from __future__ import annotations

from flask import Response, abort, redirect, render_template, request, url_for

from survey.domain.roles import Role, may
from survey.errors import InvalidInput
from survey.services.fieldwork import monitor
from survey.services.report import desk_sheets
from survey.web import guards
from survey.web.i18n import language, translated
from survey.web.office import bp
from survey.web.session import current, now

_LARGEST = 20 * 2**20
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/dot/<slug>/tt01")
@guards.requires(Role.VIEWER)
def desk_sheet(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/tt01")
@guards.requires(Role.MANAGER)
@guards.takes_files(_LARGEST)
def import_desk_sheet(slug: str):
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    try:
        desk_sheets.import_file(
            current(), slug, content,
            year=request.form.get("year", type=int) or 0,
            quarter=request.form.get("quarter", type=int) or 0,
            name=(sent.filename if sent else "") or "tt01.csv",
            by=guards.current_user().name, now=now(),
        )  # fmt: skip
    except InvalidInput as refused:
        faults = [translated(problem) for problem in refused.problems[:50]]
        return _page(slug, error=translated(refused), faults=faults), 422
    return redirect(url_for("office.desk_sheet", slug=slug), 303)


@bp.get("/dot/<slug>/tt01/<int:year>-<int:quarter>.xlsx")
@guards.requires(Role.VIEWER)
def desk_sheet_xlsx(slug: str, year: int, quarter: int):
    content = desk_sheets.xlsx(current(), slug, year, quarter)
    if content is None:
        abort(404)
    name = f"tt01-{slug}-{year}-quy-{quarter}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=_XLSX, headers=headers)


def _page(slug: str, *, error: str = "", faults: list[str] | None = None) -> str:
    user = guards.current_user()
    return render_template(
        "office/desk_sheet.html",
        wave=monitor.wave(current(), slug),
        sheets=desk_sheets.of_wave(current(), slug),
        titles=desk_sheets.TITLES[language()],
        cells=desk_sheets.cells,
        columns=",".join((*desk_sheets.COLUMNS, desk_sheets.LEVEL)),
        form=request.form,
        this_year=now().year,
        may_import=may(user.role, Role.MANAGER),
        error=error,
        faults=faults or [],
        user=user,
    )
