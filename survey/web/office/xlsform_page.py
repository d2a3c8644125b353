"""What of XLSForm is read, for those who write questionnaires, and workbooks to begin from."""

from __future__ import annotations

from flask import render_template

import forms.questionnaires
from forms import dialect
from survey.domain.roles import Role
from survey.services.questionnaires import register
from survey.web import guards
from survey.web.office import bp
from survey.web.office.questionnaires import download


@bp.get("/phieu-hoi/xlsform")
@guards.requires(Role.VIEWER)
def xlsform_page():
    return render_template(
        "office/xlsform.html",
        shipped=forms.questionnaires.names(),
        effective=sorted(dialect.APPEARANCES),
        looks=sorted(dialect.LOOKS),
        user=guards.current_user(),
    )


@bp.get("/phieu-hoi/co-san/<name>.xlsx")
@guards.requires(Role.VIEWER)
def shipped_workbook(name: str):
    return download(*register.shipped_workbook(name))
