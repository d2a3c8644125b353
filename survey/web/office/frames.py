"""The list of dossiers: sent, its columns chosen, checked, loaded, and what is odd about it."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, send_file, url_for

from survey.domain.frame_layout import Layout
from survey.domain.roles import Role, may
from survey.errors import InvalidInput, NotFound, Problem
from survey.services import jobs
from survey.services.fieldwork import monitor
from survey.services.frames import choosing, layouts, report, timeliness, uploads
from survey.web import guards
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.settings import instance

CSV = "text/csv; charset=utf-8"
SHOWN_FAULTS = 20


@bp.get("/dot/<slug>/danh-sach")
@guards.requires(Role.VIEWER)
def frame(slug: str):
    return _frame_page(slug)


@bp.post("/dot/<slug>/danh-sach")
@guards.requires(Role.MANAGER)
@guards.takes_files(uploads.LARGEST)
def receive_frame(slug: str):
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput("Hãy chọn một tệp CSV hoặc XLSX.", code="upload.none")
        upload = uploads.receive(
            current(),
            slug,
            sent.filename,
            sent.stream,
            folder=instance(),
            by=guards.current_user().name,
            now=now(),
        )
    except InvalidInput as refused:
        return _frame_page(slug, error=translated(refused)), 422
    return redirect(url_for("office.frame_columns", slug=slug, upload=upload), 303)


@bp.get("/dot/<slug>/danh-sach.csv")
@guards.requires(Role.VIEWER)
def frame_report(slug: str):
    found = report.of(current(), slug)
    if found is None:
        raise NotFound("Đợt “%(slug)s” chưa có danh sách hồ sơ.", code="frame.not_found", slug=slug)
    headers = {"Content-Disposition": f'attachment; filename="danh-sach-{slug}.csv"'}
    return Response(report.csv_bytes(found), content_type=CSV, headers=headers)


@bp.get("/dot/<slug>/danh-sach/<int:upload>")
@guards.requires(Role.MANAGER)
def frame_columns(slug: str, upload: int):
    return _columns_page(slug, upload)


@bp.post("/dot/<slug>/danh-sach/<int:upload>")
@guards.requires(Role.MANAGER)
def choose_columns(slug: str, upload: int):
    """Save the choices; then look again, check, or load, as the pressed button says."""
    session, by = current(), guards.current_user().name
    seen = choosing.page(session, slug, upload, folder=instance())
    if seen is None:
        return _columns_page(slug, upload)
    asked = request.form.get("do", "check")
    try:
        if asked == "use":
            kept = layouts.get(session, request.form.get("saved", "")[:100])
            layout = choosing.fitted(kept, seen.seen.headings)
        else:
            layout = choosing.layout_from(request.form, seen.seen.headings)
    except (InvalidInput, NotFound) as refused:
        return _columns_page(slug, upload, refused=refused), 422
    if asked == "look":
        rows = {"sheet": layout.sheet, "heading_row": layout.heading_row}
        layout = choosing.with_other_rows(layout, **rows)
    changed = not seen.upload.chosen or layout != seen.upload.layout
    if changed:
        uploads.choose(session, slug, upload, layout)
    if layout.name and asked in ("check", "load"):
        layouts.save(session, layout, by=by, now=now())
    if asked not in ("check", "load"):
        return redirect(url_for("office.frame_columns", slug=slug, upload=upload), 303)
    job = jobs.request(
        session,
        "frame.import" if asked == "load" else "frame.check",
        {"wave": slug, "upload": upload, "by": by},
        by=by,
        now=now(),
    )
    return redirect(url_for("office.job", job_id=job), 303)


@bp.post("/dot/<slug>/danh-sach/<int:upload>/xoa")
@guards.requires(Role.MANAGER)
def drop_upload(slug: str, upload: int):
    by = guards.current_user().name
    uploads.drop(current(), slug, upload, folder=instance(), by=by, now=now())
    return redirect(url_for("office.frame", slug=slug), 303)


@bp.get("/dot/<slug>/danh-sach/<int:upload>/loi.csv")
@guards.requires(Role.MANAGER)
def frame_faults(slug: str, upload: int):
    path = uploads.get(current(), slug, upload, folder=instance()).faults_path
    if path is None or not path.exists():
        raise NotFound("Chưa có tệp lỗi; hãy kiểm tra trước.", code="upload.no_faults")
    return send_file(path, mimetype=CSV, as_attachment=True, download_name=f"loi-{slug}.csv")


def _frame_page(slug: str, error: str = "") -> str:
    user = guards.current_user()
    found = report.of(current(), slug)
    return render_template(
        "office/frame.html",
        wave=monitor.wave(current(), slug),
        found=found,
        times=timeliness.of(current(), slug),
        rule=[translated(each) for each in report.rule(current(), slug).sentences()],
        waiting=uploads.waiting(current(), slug) if may(user.role, Role.MANAGER) else [],
        may_manage=may(user.role, Role.MANAGER),
        error=error,
        user=user,
    )


def _columns_page(slug: str, upload: int, refused: InvalidInput | NotFound | None = None) -> str:
    try:
        page = choosing.page(current(), slug, upload, folder=instance())
    except InvalidInput as unreadable:
        # The file itself, or its sheet, cannot be read: nothing to choose from.
        page, refused = None, unreadable
    problems = getattr(refused, "problems", ()) or ((refused,) if refused else ())
    told = page.upload.report.get("faults", ())[:SHOWN_FAULTS] if page else ()
    return render_template(
        "office/frame_columns.html",
        wave=monitor.wave(current(), slug),
        page=page,
        upload=upload,
        problems=[translated(each) for each in problems],
        faults=[translated(Problem(**each)) for each in told],
        reasons=report.reasons(page.upload.report.get("excluded", {})) if page else (),
        layout=page.layout if page else Layout(),
        user=guards.current_user(),
    )
