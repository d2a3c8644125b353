"""Accounts of the units themselves: made, given a new password, locked."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role
from survey.errors import Conflict
from survey.services import unit_accounts
from survey.services.fieldwork import monitor
from survey.web import files, guards
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.session import current, now

_PLACE = "/dot/<slug>/tai-khoan-don-vi"


@bp.get(_PLACE, endpoint="unit_accounts")
@guards.requires(Role.MANAGER)
def accounts_page(slug: str):
    return _page(slug)


@bp.post(_PLACE)
@guards.requires(Role.MANAGER)
def make_unit_account(slug: str):
    """One account; its password is shown once."""
    form = request.form
    try:
        made = unit_accounts.make(
            current(), slug, form.get("unit", 0, type=int), form.get("name", "")[:60],
            display_name=form.get("display_name", "")[:80], **_who(),
        )  # fmt: skip
    except Conflict as refused:
        return _page(slug, error=translated(refused)), 422
    return _page(slug, made=made)


@bp.post(_PLACE + "/tat-ca")
@guards.requires(Role.MANAGER)
def make_unit_accounts(slug: str):
    """Accounts for units that have none, with their passwords as a file, this once."""
    made = unit_accounts.make_missing(current(), slug, **_who())
    content = unit_accounts.csv_of(made)
    return files.attached(content, files.CSV, f"tai-khoan-don-vi-{slug}.csv")


@bp.post(_PLACE + "/<name>/mat-khau")
@guards.requires(Role.MANAGER)
def new_unit_password(slug: str, name: str):
    return _page(slug, made=unit_accounts.new_password(current(), slug, name, **_who()))


@bp.post(_PLACE + "/<name>/khoa")
@guards.requires(Role.MANAGER)
def lock_unit_account(slug: str, name: str):
    """Lock, which ends its sessions, or open again."""
    active = request.form.get("do") == "open"
    unit_accounts.set_active(current(), slug, name, active, **_who())
    return redirect(url_for("office.unit_accounts", slug=slug), 303)


def _who() -> dict:
    return {"by": guards.current_user().name, "now": now()}


def _page(slug: str, **more) -> str:
    units = unit_accounts.listing(current(), slug)
    return render_template(
        "office/unit_accounts.html",
        wave=monitor.wave(current(), slug),
        units=units,
        n_bare=sum(not unit.accounts for unit in units),
        at_once=unit_accounts.MOST_AT_ONCE,
        user=guards.current_user(),
        **more,
    )
