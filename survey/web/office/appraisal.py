"""Verified points: claims with documents, decisions on them, the hand-over to the table."""

from __future__ import annotations

from datetime import date

from flask import Response, redirect, render_template, request, url_for

from survey.domain.appraisal import Action, State
from survey.domain.attachment import LARGEST
from survey.domain.roles import Role, may
from survey.errors import Conflict, InvalidInput
from survey.services.appraisal import claim_sheet, entering, reading, settling
from survey.services.fieldwork import monitor
from survey.web import claimed, guards, uploads
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.session import current, now

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PLACE = "/dot/<slug>/tham-dinh"


@bp.get(_PLACE)
@guards.requires(Role.VIEWER)
def appraisal(slug: str):
    return _page(slug)


@bp.post(_PLACE)
@guards.requires(Role.MANAGER)
def lead_appraisal(slug: str):
    """Set the days, or hand decided points to the table."""
    form, by = request.form, guards.current_user().name
    try:
        if form.get("do") == "settle":
            made = settling.settle(current(), slug, by=by, now=now())
            return redirect(url_for("office.appraisal", slug=slug, n=made.n_points), 303)
        entering.set_days(
            current(), slug, _day("claim_by"), _day("decide_by"), form.get("note", ""), by=by,
            now=now(),
        )  # fmt: skip
    except InvalidInput as refused:
        return _page(slug, refused=refused), 422
    return redirect(url_for("office.appraisal", slug=slug), 303)


@bp.post(_PLACE + "/nhap")
@guards.requires(Role.ANALYST)
@guards.takes_files(uploads.LARGEST)
def import_claims(slug: str):
    sent = request.files.get("file")
    try:
        made = claim_sheet.load(
            current(), slug, sent.read() if sent else b"", person=request.form.get("person", ""),
            by=guards.current_user().name, now=now(),
        )  # fmt: skip
    except (InvalidInput, Conflict) as refused:
        return _page(slug, refused=refused), 422
    return redirect(url_for("office.appraisal", slug=slug, nap=made.n_claims), 303)


@bp.get(_PLACE + "/mau.xlsx")
@guards.requires(Role.VIEWER)
def claims_form(slug: str):
    headers = {"Content-Disposition": f'attachment; filename="tu-cham-diem-{slug}.xlsx"'}
    return Response(claim_sheet.write(current(), slug), content_type=_XLSX, headers=headers)


@bp.get(_PLACE + "/<int:unit_id>")
@guards.requires(Role.VIEWER)
def appraised_unit(slug: str, unit_id: int):
    return render_template(
        "office/appraised_unit.html",
        wave=monitor.wave(current(), slug),
        unit=reading.of_unit(current(), slug, unit_id),
        **_words(),
    )


@bp.get(_PLACE + "/<int:unit_id>/<item>")
@guards.requires(Role.VIEWER)
def appraised_item(slug: str, unit_id: int, item: str):
    return _item(slug, unit_id, item)


@bp.post(_PLACE + "/<int:unit_id>/<item>")
@guards.requires(Role.ANALYST)
@guards.takes_files(uploads.LARGEST)
def claim_points(slug: str, unit_id: int, item: str):
    """A claim, or with no points a further document."""
    form, by = request.form, guards.current_user().name
    common = {"person": form.get("person", ""), "note": form.get("note", ""), "by": by,
              "now": now()}  # fmt: skip
    try:
        file = uploads.attached("file")
        if form.get("do") == "file":
            entering.add_evidence(current(), slug, unit_id, item, file, **common)
        else:
            points = None if form.get("na") else claimed.points()
            entering.claim(current(), slug, unit_id, item, points, file=file, **common)
    except (InvalidInput, Conflict) as refused:
        return _item(slug, unit_id, item, error=translated(refused)), 422
    return redirect(url_for("office.appraised_item", slug=slug, unit_id=unit_id, item=item), 303)


@bp.post(_PLACE + "/<int:unit_id>/<item>/quyet-dinh")
@guards.requires(Role.MANAGER)
def decide_points(slug: str, unit_id: int, item: str):
    form = request.form
    decision = form.get("decision", "")
    try:
        entering.decide(
            current(), slug, unit_id, item, decision, reason=form.get("reason", ""),
            points=claimed.points() if decision == Action.CHANGED and not form.get("na") else None,
            by=guards.current_user().name, now=now(),
        )  # fmt: skip
    except (InvalidInput, Conflict) as refused:
        return _item(slug, unit_id, item, error=translated(refused)), 422
    return redirect(url_for("office.appraised_unit", slug=slug, unit_id=unit_id), 303)


@bp.get(_PLACE + "/<int:unit_id>/tep/<sha256>")
@guards.requires(Role.VIEWER)
def points_file(slug: str, unit_id: int, sha256: str):
    name, media_type, content = entering.file_of(current(), slug, unit_id, sha256)
    reply = Response(content, content_type=media_type)
    reply.headers.set("Content-Disposition", "attachment", filename=name)
    return reply


def _day(field: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError:
        return None


def _page(slug: str, *, refused: InvalidInput | Conflict | None = None) -> str:
    user = guards.current_user()
    problems = getattr(refused, "problems", ())
    units = reading.of_wave(current(), slug)
    kinds = [each.kind for unit in units for each in unit.findings]
    return render_template(
        "office/appraisal.html",
        wave=monitor.wave(current(), slug),
        units=units,
        n_findings={kind: kinds.count(kind) for kind in ("sum", "no_evidence", "rule")},
        days=reading.days_of(current(), slug),
        error=translated(refused) if refused else "",
        faults=[translated(problem) for problem in problems[:50]],
        settled=request.args.get("n", type=int),
        loaded=request.args.get("nap", type=int),
        may_claim=may(user.role, Role.ANALYST),
        may_decide=may(user.role, Role.MANAGER),
        form=request.form,
        **_words(),
    )


def _item(slug: str, unit_id: int, item: str, *, error: str = "") -> str:
    user = guards.current_user()
    unit, found = reading.of_item(current(), slug, unit_id, item)
    return render_template(
        "office/appraised_item.html",
        wave=monitor.wave(current(), slug),
        unit=unit,
        item=found,
        days=reading.days_of(current(), slug),
        may_claim=may(user.role, Role.ANALYST),
        may_decide=may(user.role, Role.MANAGER) and found.standing.state == State.CLAIMED,
        accepted=uploads.KINDS,
        largest=LARGEST // 2**20,
        form=request.form,
        error=error,
        **_words(),
    )


def _words() -> dict:
    return {
        "user": guards.current_user(),
        "states": claimed.states(),
        "actions": claimed.actions(),
    }
