"""My cases, my device."""

from __future__ import annotations

from flask import redirect, render_template, url_for

from survey.domain.roles import Role
from survey.services.intake import device, enumerators
from survey.services.paper_entry import overview
from survey.services.supervision import messages
from survey.web import guards
from survey.web.field import bp
from survey.web.i18n import _, language
from survey.web.session import current, now
from survey.web.settings import code_key


@bp.get("/")
@guards.requires(Role.ENUMERATOR)
def mine():
    return _page()


@bp.post("/dia-chi")
@guards.requires(Role.ENUMERATOR)
def new_address():
    """A new secret address, shown this once; the one before stops working."""
    user = guards.current_user()
    token = enumerators.issue_address(
        current(), user.name, code_key=code_key(), by=user.name, now=now()
    )
    address = url_for("openrosa.form_list", token=token, _external=True).rpartition("/")[0]
    title = _("Khảo sát cải cách hành chính")
    code = device.settings_svg(address, title=title, language=language())
    return _page(address=address, code=code)


@bp.post("/loi-nhan/<int:message_id>")
@guards.requires(Role.ENUMERATOR)
def read_message(message_id: int):
    messages.read(current(), guards.current_user().id, message_id, now=now())
    return redirect(url_for("field.mine"), 303)


def _page(**more):
    user = guards.current_user()
    return render_template(
        "field/mine.html",
        user=user,
        cases=enumerators.cases(current(), user.id),
        messages=messages.of(current(), user.id),
        paper=overview.to_do(current(), user.id),
        has_address=enumerators.has_address(current(), user.id),
        **more,
    )
