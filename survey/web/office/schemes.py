"""Schemes: sent as files, checked with row and cell, read, compared, tried on older data."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for

from survey.domain.roles import Role, may
from survey.errors import Conflict, InvalidInput
from survey.services import jobs
from survey.services.fieldwork import monitor
from survey.services.schemes import reading, register, replays, telling, writing
from survey.web import guards
from survey.web.i18n import _, language, translated
from survey.web.office import bp
from survey.web.session import current, now

TYPES = {
    "toml": "application/toml; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("/bo-chi-so")
@guards.requires(Role.VIEWER)
def schemes_page():
    return _list_page()


@bp.post("/bo-chi-so")
@guards.requires(Role.MANAGER)
@guards.takes_files(reading.LARGEST)
def receive_scheme():
    """A file, or one of the schemes that come with the program."""
    by, when = guards.current_user().name, now()
    sent, shipped = request.files.get("file"), request.form.get("shipped", "")
    try:
        if shipped in register.shipped_schemes():
            scheme = register.shipped_schemes()[shipped]
            number = register.keep(current(), scheme, by=by, now=when)
        elif sent is None or not sent.filename:
            return _list_page([_("Hãy chọn một tệp TOML hoặc XLSX.")]), 422
        else:
            content = sent.stream.read(reading.LARGEST + 1)
            number = register.take_in(current(), content, by=by, now=when)
    except InvalidInput as refused:
        return _list_page([translated(each) for each in refused.problems]), 422
    except Conflict as refused:
        return _list_page([translated(refused)]), 409
    return redirect(url_for("office.scheme_page", scheme_id=number), 303)


@bp.get("/bo-chi-so/<int:scheme_id>")
@guards.requires(Role.VIEWER)
def scheme_page(scheme_id: int):
    found, scheme = register.get(current(), scheme_id)
    user = guards.current_user()
    return render_template(
        "office/scheme.html",
        found=found,
        scheme=scheme,
        others=[x for x in register.listed(current()) if x.id not in (None, scheme_id)],
        waves=monitor.waves_list(current()),
        may_compute=may(user.role, Role.ANALYST),
        user=user,
    )


@bp.get("/bo-chi-so/<int:scheme_id>/tai.<kind>")
@guards.requires(Role.VIEWER)
def scheme_file(scheme_id: int, kind: str):
    found, scheme = register.get(current(), scheme_id)
    kind = kind if kind in writing.KINDS else "toml"
    name = f"bo-chi-so-{found.id}-{found.valid_from:%Y%m%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = writing.written(scheme, kind)
    return Response(content, content_type=TYPES[kind], headers=headers)


@bp.get("/bo-chi-so/<int:scheme_id>/so-sanh")
@guards.requires(Role.VIEWER)
def scheme_diff(scheme_id: int):
    """What this scheme changes against an earlier one (``voi``)."""
    earlier = request.args.get("voi", "")
    if not earlier.isdecimal() or len(earlier) > 9:
        return redirect(url_for("office.scheme_page", scheme_id=scheme_id), 303)
    found = register.compare(current(), int(earlier), scheme_id)
    return render_template(
        "office/scheme_diff.html",
        found=found,
        lines=[(x.kind, translated(telling.told(x, language()))) for x in found.differences],
        user=guards.current_user(),
    )


@bp.post("/bo-chi-so/<int:scheme_id>/tinh-thu")
@guards.requires(Role.ANALYST)
def replay_scheme(scheme_id: int):
    """Ask for a wave's data under this scheme."""
    register.get(current(), scheme_id)
    wave = monitor.wave(current(), request.form.get("wave", "")[:100])
    by = guards.current_user().name
    params = {"wave": wave.slug, "scheme": str(scheme_id), "by": by}
    job_id = jobs.request(current(), "scheme.replay", params, by=by, now=now())
    return redirect(url_for("office.job", job_id=job_id), 303)


@bp.get("/bo-chi-so/tinh-thu/<int:number>")
@guards.requires(Role.VIEWER)
def replay_page(number: int):
    found = replays.get(current(), number)
    return render_template(
        "office/scheme_replay.html",
        found=found,
        label=translated(telling.replay_label(found.result, language())),
        notes=[translated(each) for each in telling.replay_notes(found.result, language())],
        user=guards.current_user(),
    )


def _list_page(faults: list[str] | None = None) -> str:
    user = guards.current_user()
    return render_template(
        "office/schemes.html",
        schemes=register.listed(current()),
        replays=replays.listed(current()),
        faults=faults or [],
        may_manage=may(user.role, Role.MANAGER),
        user=user,
    )
