"""Words and fields of claimed points, for the office's pages and the unit's own."""

from __future__ import annotations

from flask import request

from survey.domain.appraisal import Action, State, number
from survey.web.i18n import _


def states() -> dict[str, str]:
    return {
        State.MISSING: _("chưa tự chấm"),
        State.CLAIMED: _("chờ thẩm định"),
        State.ACCEPTED: _("chấp nhận"),
        State.CHANGED: _("đã điều chỉnh"),
        State.REJECTED: _("không công nhận"),
    }


def actions() -> dict[str, str]:
    return {
        Action.CLAIMED: _("Tự chấm điểm"),
        Action.EVIDENCED: _("Thêm tài liệu kiểm chứng"),
        Action.ACCEPTED: _("Chấp nhận"),
        Action.CHANGED: _("Điều chỉnh"),
        Action.REJECTED: _("Không công nhận"),
    }


def points() -> float:
    """What was typed, with a point or a comma; not a number where it is none."""
    return number(request.form.get("points", ""))
