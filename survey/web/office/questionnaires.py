"""Published questionnaires: read, compared, given to a running wave, retired."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for

import forms.questionnaires
from forms.comparison import Comparison, Verdict, compare
from forms.faces import xform
from forms.model import Questionnaire
from survey.domain.roles import Role, may
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services.questionnaires import drafts, register, telling, versions
from survey.web import guards
from survey.web.i18n import language, translated
from survey.web.office import bp
from survey.web.session import current, now

#: What the page of differences shows first.
_ORDER = (Verdict.BROKEN, Verdict.ADDED, Verdict.REMOVED, Verdict.JUDGE, Verdict.COMPARABLE)


@bp.get("/phieu-hoi")
@guards.requires(Role.VIEWER)
def questionnaires_page():
    return list_page()


@bp.post("/phieu-hoi/co-san")
@guards.requires(Role.MANAGER)
def take_shipped_questionnaire():
    """Freeze one that comes with the program."""
    name = request.form.get("shipped", "")
    if name not in forms.questionnaires.names():
        raise NotFound(
            "Không có phiếu hỏi “%(name)s”.", code="questionnaire.not_found", name=name[:100]
        )
    by = guards.current_user().name
    try:
        frozen = register.chosen(current(), name, by=by, now=now())
    except Conflict as refused:
        return list_page(translated(refused)), 409
    return redirect(url_for("office.questionnaire_page", number=frozen.id), 303)


@bp.get("/phieu-hoi/<int:number>")
@guards.requires(Role.VIEWER)
def questionnaire_page(number: int):
    return _page(number)


@bp.post("/phieu-hoi/<int:number>/ngung-dung")
@guards.requires(Role.MANAGER)
def retire_questionnaire(number: int):
    by, reason = guards.current_user().name, request.form.get("reason", "")
    try:
        register.retire(current(), number, reason=reason, by=by, now=now())
    except (InvalidInput, Conflict) as refused:
        return _page(number, translated(refused)), 422
    return redirect(url_for("office.questionnaire_page", number=number), 303)


@bp.post("/phieu-hoi/<int:number>/chuyen-dot")
@guards.requires(Role.MANAGER)
def move_wave_version(number: int):
    """New respondents of a wave get this version."""
    by, form = guards.current_user().name, request.form
    slug, reason = form.get("wave", "")[:100], form.get("reason", "")
    try:
        versions.move(current(), slug, number, reason=reason, by=by, now=now())
    except (InvalidInput, Conflict) as refused:
        return _page(number, translated(refused)), 422
    return redirect(url_for("office.questionnaire_page", number=number), 303)


@bp.get("/phieu-hoi/<int:number>/so-sanh")
@guards.requires(Role.VIEWER)
def diff_questionnaire(number: int):
    """What this version changes against another (``voi``)."""
    _found, after = register.get(current(), number)
    back = url_for("office.questionnaire_page", number=number)
    return diff_page(after, back)


@bp.get("/phieu-hoi/<int:number>/tep")
@guards.requires(Role.VIEWER)
def questionnaire_file(number: int):
    return download(*register.workbook(current(), number))


@bp.get("/phieu-hoi/<int:number>/xform.xml")
@guards.requires(Role.VIEWER)
def questionnaire_xform(number: int):
    return xform_file(register.get(current(), number)[1])


def xform_file(q: Questionnaire) -> Response:
    """The form for ODK clients.  Raises Conflict."""
    name = f"{q.form_id}-{q.version}.xml"
    return download(name, form_of(q).xml, "application/xml; charset=utf-8")


def form_of(q: Questionnaire) -> xform.XForm:
    """Raises Conflict."""
    try:
        return xform.build(q)
    except xform.XFormError as error:
        raise Conflict(
            "Phiếu này không chuyển được sang XForm: %(reason)s",
            code="questionnaire.no_xform",
            reason=str(error),
        ) from error


def download(name: str, content: bytes, kind: str = "application/octet-stream") -> Response:
    reply = Response(content, content_type=kind)
    reply.headers.set("Content-Disposition", "attachment", filename=name)
    return reply


def list_page(fault: str = "") -> str:
    user = guards.current_user()
    return render_template(
        "office/questionnaires.html",
        drafts=drafts.listed(current()),
        published=register.listed(current()),
        shipped=register.shipped(current()),
        may_manage=may(user.role, Role.MANAGER),
        fault=fault,
        user=user,
    )


def diff_page(after: Questionnaire, back: str):
    """What ``after`` changes against the version that the address names."""
    earlier = request.args.get("voi", "")
    if not (earlier.isascii() and earlier.isdecimal()) or len(earlier) > 9:
        return redirect(back, 303)
    found = compare(register.get(current(), int(earlier))[1], after)
    return render_template(
        "office/questionnaire_diff.html",
        found=found,
        totals=[(translated(telling.VERDICTS[v]), len(found.of(v))) for v in Verdict],
        whole=[_told(change) for change in found.whole],
        groups=list(_groups(found)),
        title=after.text(after.titles, language()),
        back=back,
        user=guards.current_user(),
    )


def _groups(found: Comparison):
    for verdict in _ORDER:
        items = [each for each in found.items if each.verdict is verdict]
        if items:
            yield (
                translated(telling.VERDICTS[verdict]),
                [
                    (x.name, telling.title(found, x, language()), [_told(c) for c in x.changes])
                    for x in items
                ],
            )


def _told(change) -> dict[str, str]:
    told = telling.told(change)
    return {
        "aspect": translated(told.aspect),
        "verdict": translated(telling.VERDICTS[told.verdict]),
        "before": told.before,
        "after": told.after,
    }


def _page(number: int, fault: str = "") -> str:
    found, _definition = register.get(current(), number)
    user = guards.current_user()
    others = [x for x in register.versions(current(), found.form_id) if x.id != number]
    return render_template(
        "office/questionnaire.html",
        found=found,
        others=others,
        moves=versions.could_move(current(), number),
        may_manage=may(user.role, Role.MANAGER),
        fault=fault,
        user=user,
    )
