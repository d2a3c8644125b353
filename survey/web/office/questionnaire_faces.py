"""The paper form and the XForm of a questionnaire, shown beside its phone page."""

from __future__ import annotations

from base64 import b64encode

from flask import render_template

from forms.faces import xform_outline
from forms.model import Questionnaire
from survey.domain.roles import Role
from survey.services import paper_forms
from survey.services.questionnaires import register
from survey.web import guards
from survey.web.i18n import language
from survey.web.office import bp
from survey.web.office.questionnaire_preview import drafted
from survey.web.office.questionnaires import download, form_of
from survey.web.session import current


@bp.get("/phieu-hoi/<int:number>/giay")
@bp.get("/phieu-hoi/nhap/<int:draft_id>/giay")
@guards.framed
@guards.requires(Role.VIEWER)
def preview_paper(number: int = 0, draft_id: int = 0):
    """The pages of the paper form."""
    q = _asked(number, draft_id)
    pictures = paper_forms.preview_pictures(current(), q, _language(q))
    pages = [b64encode(page).decode() for page in pictures]
    return render_template("office/questionnaire_paper.html", pages=pages)


@bp.get("/phieu-hoi/<int:number>/giay.pdf")
@bp.get("/phieu-hoi/nhap/<int:draft_id>/giay.pdf")
@guards.requires(Role.VIEWER)
def preview_paper_pdf(number: int = 0, draft_id: int = 0):
    q = _asked(number, draft_id)
    name = f"{q.form_id}-{q.version}-{_language(q)}.pdf"
    return download(name, paper_forms.preview(q, _language(q), current()), "application/pdf")


@bp.get("/phieu-hoi/<int:number>/odk")
@bp.get("/phieu-hoi/nhap/<int:draft_id>/odk")
@guards.framed
@guards.requires(Role.VIEWER)
def preview_xform(number: int = 0, draft_id: int = 0):
    """What a field client finds in the XForm, in its order."""
    q = _asked(number, draft_id)
    rows = xform_outline.outline(form_of(q), _language(q))
    return render_template("office/questionnaire_odk.html", rows=rows)


def _asked(number: int, draft_id: int) -> Questionnaire:
    return drafted(draft_id) if draft_id else register.get(current(), number)[1]


def _language(q: Questionnaire) -> str:
    return language() if language() in q.languages else q.default_language
