"""Waves and their live counts."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for

from survey.domain.roles import Role, may
from survey.services import jobs, paper, waves
from survey.services.fieldwork import monitor
from survey.services.questionnaires import versions
from survey.web import guards
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.settings import public_url


@bp.get("/", endpoint="waves")
@guards.requires(Role.VIEWER)
def waves_list():
    found = monitor.waves_list(current())
    user = guards.current_user()
    may_manage = may(user.role, Role.MANAGER)
    return render_template("office/waves.html", waves=found, may_manage=may_manage, user=user)


@bp.get("/dot/<slug>")
@guards.requires(Role.VIEWER)
def wave(slug: str):
    counts = monitor.counts(current(), slug)
    user = guards.current_user()
    return render_template(
        "office/wave.html",
        wave=monitor.wave(current(), slug),
        versions=versions.told(current(), slug),
        counts=counts,
        totals=monitor.totals(counts),
        jobs=jobs.recent(current(), n=8, wave=slug),
        user=user,
        may_compute=may(user.role, Role.ANALYST),
        may_manage=may(user.role, Role.MANAGER),
        now=now(),
    )


@bp.post("/dot/<slug>/mo")
@guards.requires(Role.MANAGER)
def open_wave(slug: str):
    waves.open_wave(current(), slug, by=guards.current_user().name, now=now())
    return redirect(url_for("office.wave", slug=slug), 303)


@bp.post("/dot/<slug>/dong")
@guards.requires(Role.MANAGER)
def close_wave(slug: str):
    waves.close_wave(current(), slug, by=guards.current_user().name, now=now())
    return redirect(url_for("office.wave", slug=slug), 303)


@bp.post("/dot/<slug>/cong-khai")
@guards.requires(Role.MANAGER)
def show_results(slug: str):
    waves.set_public(current(), slug, True, by=guards.current_user().name, now=now())
    return redirect(url_for("office.wave", slug=slug), 303)


@bp.post("/dot/<slug>/an")
@guards.requires(Role.MANAGER)
def hide_results(slug: str):
    waves.set_public(current(), slug, False, by=guards.current_user().name, now=now())
    return redirect(url_for("office.wave", slug=slug), 303)


@bp.get("/dot/<slug>/ap-phich.pdf")
@guards.requires(Role.MANAGER)
def posters(slug: str):
    _n, content = paper.posters_pdf(current(), slug, public_url=public_url())
    headers = {"Content-Disposition": f'attachment; filename="ap-phich-{slug}.pdf"'}
    return Response(content, content_type="application/pdf", headers=headers)
