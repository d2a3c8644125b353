"""Logging in and out, changing the password."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role, may
from survey.services import accounts
from survey.services.accounts import UserView
from survey.web import guards, limits
from survey.web.i18n import _, translated
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.start import own_path


@bp.get("/dang-nhap")
@guards.public
def log_in():
    return render_template("office/log_in.html", error="", name="")


@bp.post("/dang-nhap")
@guards.public
@limits.login
def check_password():
    name = request.form.get("name", "")[:100]
    user = accounts.authenticate(current(), name, request.form.get("password", "")[:500], now=now())
    if user is None:
        limits.failed()
        error = _("Tên đăng nhập hoặc mật khẩu không đúng.")
        return render_template("office/log_in.html", error=error, name=name), 422
    guards.log_in(user)
    return redirect(own_path(request.args.get("next", ""), _home(user)), 303)


@bp.post("/dang-xuat")
@guards.requires(Role.VIEWER, Role.ENUMERATOR, Role.UNIT)
def log_out():
    guards.log_out()
    return redirect(url_for("start.home"), 303)


@bp.get("/mat-khau")
@guards.requires(Role.VIEWER, Role.ENUMERATOR, Role.UNIT)
def password():
    return render_template("office/password.html", error="", user=guards.current_user())


@bp.post("/mat-khau")
@guards.requires(Role.VIEWER, Role.ENUMERATOR, Role.UNIT)
def change_password():
    user = guards.current_user()
    problem = accounts.change_password(
        current(),
        user.id,
        request.form.get("old", "")[:500],
        request.form.get("new", "")[:500],
        now=now(),
    )
    if problem is not None:
        page = render_template("office/password.html", error=translated(problem), user=user)
        return page, 422
    guards.log_in(accounts.get(current(), user.id))
    return redirect(_home(user), 303)


def _home(user: UserView) -> str:
    if user.role is Role.UNIT:
        return url_for("unit.home")
    return url_for("office.waves" if may(user.role, Role.VIEWER) else "field.mine")
