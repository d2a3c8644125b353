"""After publication: what units owe, each step of it, reminders, reports on demand."""

from __future__ import annotations

from datetime import date

from flask import Response, redirect, render_template, request, url_for

from survey.domain import attachment, duty
from survey.domain.roles import Role, may
from survey.errors import Conflict, InvalidInput
from survey.services.fieldwork import monitor
from survey.services.follow_up import duties as follow_up
from survey.services.follow_up import opening, reminding
from survey.web import guards, uploads
from survey.web.i18n import _, translated
from survey.web.office import bp
from survey.web.session import current, now


@bp.get("/dot/<slug>/theo-doi")
@guards.requires(Role.VIEWER)
def duties(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/theo-doi")
@guards.requires(Role.MANAGER)
def open_duties(slug: str):
    """From the released table, the year's reports, or one report on demand."""
    by, form = guards.current_user().name, request.form
    try:
        if form.get("do") == "year":
            made = opening.schedule_reports(
                current(), slug, form.get("year", type=int) or 0, by=by, now=now()
            )
        elif form.get("do") == "ask":
            made = opening.ask_report(
                current(), slug, form.get("title", ""), _day(form.get("due_on")), by=by, now=now()
            )
        else:
            made = opening.from_release(current(), slug, by=by, now=now())
    except InvalidInput as refused:
        return _page(slug, error=translated(refused)), 422
    n = made.n_remedies + made.n_breakthroughs + made.n_reports
    return redirect(url_for("office.duties", slug=slug, n=n), 303)


@bp.post("/dot/<slug>/theo-doi/nhac")
@guards.requires(Role.MANAGER)
def remind(slug: str):
    """Every reminder that is owed, written down, as a file to be sent."""
    made = reminding.remind(current(), slug, by=guards.current_user().name, now=now())
    headers = {"Content-Disposition": f'attachment; filename="nhac-{slug}.csv"'}
    content = reminding.csv_of(made)
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


@bp.get("/dot/<slug>/theo-doi/<int:duty_id>", endpoint="duty")
@guards.requires(Role.VIEWER)
def duty_page(slug: str, duty_id: int):
    return _duty(slug, duty_id)


@bp.post("/dot/<slug>/theo-doi/<int:duty_id>", endpoint="act_on_duty")
@guards.requires(Role.MANAGER)
@guards.takes_files(uploads.LARGEST)
def act(slug: str, duty_id: int):
    try:
        file = uploads.attached("file")
        follow_up.act(
            current(), slug, duty_id, request.form.get("action", ""),
            note=request.form.get("note", ""), person=request.form.get("person", ""),
            due_on=_day(request.form.get("due_on")), file=file, by=guards.current_user().name,
            now=now(),
        )  # fmt: skip
    except (InvalidInput, Conflict) as refused:
        return _duty(slug, duty_id, error=translated(refused)), 422
    return redirect(url_for("office.duty", slug=slug, duty_id=duty_id), 303)


@bp.get("/dot/<slug>/theo-doi/<int:duty_id>/<sha256>")
@guards.requires(Role.VIEWER)
def duty_file(slug: str, duty_id: int, sha256: str):
    name, media_type, content = follow_up.file_of(current(), slug, duty_id, sha256)
    reply = Response(content, content_type=media_type)
    reply.headers.set("Content-Disposition", "attachment", filename=name)
    return reply


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _page(slug: str, *, error: str = "") -> str:
    user = guards.current_user()
    chosen = request.values.get("loai", "")
    kind = chosen if chosen in set(duty.Kind) else ""
    found = follow_up.of_wave(current(), slug, now=now(), kind=kind)
    return render_template(
        "office/duties.html",
        wave=monitor.wave(current(), slug),
        duties=found,
        kind=kind,
        kinds=kind_words(),
        states=state_words(),
        opened=request.args.get("n", type=int),
        n_overdue=sum(each.overdue for each in found),
        n_reminders=sum(each.reminder_due for each in found),
        this_year=now().year,
        may_act=may(user.role, Role.MANAGER),
        error=error,
        user=user,
    )


def _duty(slug: str, duty_id: int, *, error: str = "") -> str:
    user = guards.current_user()
    return render_template(
        "office/duty.html",
        wave=monitor.wave(current(), slug),
        duty=follow_up.get(current(), slug, duty_id, now=now()),
        kinds=kind_words(),
        states=state_words(),
        actions=action_words(),
        accepted=", ".join(f".{ending}" for ending in attachment.KINDS),
        largest=attachment.LARGEST // 2**20,
        may_act=may(user.role, Role.MANAGER),
        form=request.form,
        error=error,
        user=user,
    )


def kind_words() -> dict[str, str]:
    return {
        duty.Kind.REMEDY: _("Phương án khắc phục"),
        duty.Kind.BREAKTHROUGH: _("Việc đột phá"),
        duty.Kind.REPORT: _("Báo cáo"),
    }


def state_words() -> dict[str, str]:
    return {
        duty.State.DUE: _("chờ đơn vị gửi"),
        duty.State.SUBMITTED: _("đã gửi, chờ xem xét"),
        duty.State.RETURNED: _("trả lại để sửa"),
        duty.State.ACCEPTED: _("đã chấp nhận"),
        duty.State.COMPLETED: _("đã hoàn thành"),
        duty.State.LIFTED: _("không còn phải làm"),
    }


def action_words() -> dict[str, str]:
    return {
        duty.Action.OPENED: _("Mở việc"),
        duty.Action.REMINDED: _("Nhắc đơn vị"),
        duty.Action.EXTENDED: _("Gia hạn"),
        duty.Action.SUBMITTED: _("Đơn vị gửi"),
        duty.Action.RETURNED: _("Trả lại để sửa"),
        duty.Action.ACCEPTED: _("Chấp nhận"),
        duty.Action.PROGRESSED: _("Theo dõi tiến độ"),
        duty.Action.COMPLETED: _("Ghi kết quả, kết thúc"),
        duty.Action.LIFTED: _("Thôi yêu cầu"),
    }
