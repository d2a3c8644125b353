"""Drafts of questionnaires: sent, their faults shown by cell, replaced, published."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role, may
from survey.errors import Conflict, InvalidInput
from survey.services.questionnaires import drafts, reading, register
from survey.services.questionnaires.reading import Checked
from survey.web import guards
from survey.web.i18n import translated
from survey.web.office import bp
from survey.web.office.questionnaires import diff_page, download, list_page
from survey.web.session import current, now


@bp.post("/phieu-hoi")
@guards.requires(Role.MANAGER)
@guards.takes_files(reading.LARGEST)
def send_questionnaire():
    by = guards.current_user().name
    try:
        number = drafts.receive(current(), _checked(), by=by, now=now())
    except InvalidInput as refused:
        return list_page(translated(refused)), 422
    return redirect(url_for("office.questionnaire_draft", draft_id=number), 303)


@bp.get("/phieu-hoi/nhap/<int:draft_id>")
@guards.requires(Role.VIEWER)
def questionnaire_draft(draft_id: int):
    return _page(draft_id)


@bp.post("/phieu-hoi/nhap/<int:draft_id>")
@guards.requires(Role.MANAGER)
@guards.takes_files(reading.LARGEST)
def replace_questionnaire(draft_id: int):
    by = guards.current_user().name
    try:
        drafts.replace(current(), draft_id, _checked(), by=by, now=now())
    except InvalidInput as refused:
        return _page(draft_id, translated(refused)), 422
    return redirect(url_for("office.questionnaire_draft", draft_id=draft_id), 303)


@bp.post("/phieu-hoi/nhap/<int:draft_id>/cong-bo")
@guards.requires(Role.MANAGER)
def publish_questionnaire(draft_id: int):
    by, seen = guards.current_user().name, request.form.get("seen", "")
    try:
        number = drafts.publish(current(), draft_id, seen=seen, by=by, now=now())
    except Conflict as refused:
        return _page(draft_id, translated(refused)), 409
    return redirect(url_for("office.questionnaire_page", number=number), 303)


@bp.post("/phieu-hoi/nhap/<int:draft_id>/xoa")
@guards.requires(Role.MANAGER)
def drop_questionnaire_draft(draft_id: int):
    drafts.drop(current(), draft_id, by=guards.current_user().name, now=now())
    return redirect(url_for("office.questionnaires_page"), 303)


@bp.get("/phieu-hoi/nhap/<int:draft_id>/so-sanh")
@guards.requires(Role.VIEWER)
def diff_questionnaire_draft(draft_id: int):
    back = url_for("office.questionnaire_draft", draft_id=draft_id)
    _found, definition = drafts.get(current(), draft_id)
    return redirect(back, 303) if definition is None else diff_page(definition, back)


@bp.get("/phieu-hoi/nhap/<int:draft_id>/tep")
@guards.requires(Role.VIEWER)
def questionnaire_draft_file(draft_id: int):
    return download(*drafts.workbook(current(), draft_id))


def _checked() -> Checked:
    """What came, read in a process of its own.  Raises InvalidInput."""
    sent = request.files.getlist("file")[: reading.MOST_FILES]
    left, files = reading.LARGEST + 1, []
    for each in sent:
        content = each.stream.read(left)
        left -= len(content)
        files.append((each.filename or "", content))
    return reading.check(files)


def _page(draft_id: int, fault: str = "") -> str:
    found, definition = drafts.get(current(), draft_id)
    clash = drafts.clash(current(), definition) if definition else None
    user = guards.current_user()
    return render_template(
        "office/questionnaire_draft.html",
        found=found,
        sound=definition is not None,
        n_questions=sum(each.is_asked for each in definition) if definition else 0,
        clash=translated(clash) if clash else "",
        others=register.versions(current(), found.form_id) if definition else [],
        may_manage=may(user.role, Role.MANAGER),
        fault=fault,
        user=user,
    )
