"""How long people take to answer, on which devices and in which language."""

from __future__ import annotations

from flask import render_template

from survey.domain.roles import Role, may
from survey.services import timings
from survey.services.fieldwork import monitor
from survey.web import guards
from survey.web.i18n import _
from survey.web.office import bp
from survey.web.session import current


@bp.get("/dot/<slug>/thoi-gian", endpoint="times")
@guards.requires(Role.VIEWER)
def times(slug: str):
    user = guards.current_user()
    return render_template(
        "office/times.html",
        wave=monitor.wave(current(), slug),
        streams=timings.of_wave(current(), slug),
        words=_words(),
        user=user,
        may_manage=may(user.role, Role.MANAGER),
    )


def _words() -> dict[str, tuple[str, dict[str, str]]]:
    """Kind -> its title and the labels in words; a language is shown by its code."""
    return {
        "device": (
            _("Thiết bị"),
            {
                "phone": _("Điện thoại"),
                "tablet": _("Máy tính bảng"),
                "computer": _("Máy tính"),
                "robot": _("Máy tự động"),
                "unknown": _("Không rõ"),
            },
        ),
        "language": (_("Ngôn ngữ"), {"vi": "Tiếng Việt", "en": "English"}),
        "entry": (
            _("Cách mở phiếu"),
            {
                "scan": _("Quét mã"),
                "typed": _("Nhập mã"),
                "poster": _("Áp phích"),
                "unknown": _("Không rõ"),
            },
        ),
        "attempts": (
            _("Số lần mở"),
            {"1": _("Một lần"), "2+": _("Nhiều lần, hoặc nhiều máy")},
        ),
    }
