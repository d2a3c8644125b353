"""Enumerators of a wave: made here, given cases, their device set up or locked out."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role
from survey.services import accounts
from survey.services.fieldwork import monitor
from survey.services.intake import device, enumerators
from survey.web import guards
from survey.web.i18n import _, language
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.settings import code_key


@bp.get("/dot/<slug>/dieu-tra-vien", endpoint="enumerators")
@guards.requires(Role.MANAGER)
def enumerators_list(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/dieu-tra-vien")
@guards.requires(Role.MANAGER)
def make_enumerator(slug: str):
    """A new account; its password is shown once."""
    name = request.form.get("name", "")[:60]
    password = accounts.create(
        current(),
        name,
        Role.ENUMERATOR,
        by=guards.current_user().name,
        now=now(),
        display_name=request.form.get("display_name", "")[:80],
    )
    return _page(slug, made={"name": name.strip(), "password": password})


@bp.post("/dot/<slug>/dieu-tra-vien/<name>/giao")
@guards.requires(Role.MANAGER)
def assign_cases(slug: str, name: str):
    """Give cases by their codes, or all free cases of a unit."""
    who, session = guards.current_user().name, current()
    unit = request.form.get("unit", "")[:20].strip()
    codes = request.form.get("codes", "")[:20_000].replace(",", " ").split()
    given = {"by": who, "now": now()}
    if unit:
        enumerators.assign_unit(session, slug, name, unit, **given)
    if codes:
        enumerators.assign(session, slug, name, codes, **given)
    return redirect(url_for("office.enumerators", slug=slug), 303)


@bp.post("/dot/<slug>/dieu-tra-vien/<name>/dia-chi")
@guards.requires(Role.MANAGER)
def issue_address(slug: str, name: str):
    """A new address for a device, shown once; the one before dies."""
    token = enumerators.issue_address(
        current(), name, code_key=code_key(), by=guards.current_user().name, now=now()
    )
    address = url_for("openrosa.form_list", token=token, _external=True).rpartition("/")[0]
    title = _("Khảo sát cải cách hành chính")
    code = device.settings_svg(address, title=title, language=language())
    return _page(slug, issued={"name": name, "address": address, "code": code})


@bp.post("/dot/<slug>/dieu-tra-vien/<name>/khoa")
@guards.requires(Role.MANAGER)
def revoke_address(slug: str, name: str):
    enumerators.revoke_address(current(), name, by=guards.current_user().name, now=now())
    return redirect(url_for("office.enumerators", slug=slug), 303)


@bp.post("/dot/<slug>/dieu-tra-vien/<name>/mat-may")
@guards.requires(Role.MANAGER)
def lose_device(slug: str, name: str):
    """A lost device is locked out; what it had not sent is free for others."""
    n = enumerators.lose_device(current(), name, by=guards.current_user().name, now=now())
    return _page(slug, lost={"name": name, "n": n})


def _page(slug: str, **more):
    return render_template(
        "office/enumerators.html",
        wave=monitor.wave(current(), slug),
        people=enumerators.listing(current(), slug, code_key=code_key()),
        units=monitor.counts(current(), slug),
        user=guards.current_user(),
        **more,
    )
