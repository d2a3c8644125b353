"""A questionnaire looked through before anybody answers it: as on a phone, in its languages."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, redirect, render_template, request, url_for
from itsdangerous import BadSignature

from forms import canonical
from forms.model import Questionnaire
from survey.domain.roles import Role
from survey.errors import NotFound
from survey.services.questionnaires import drafts, preview, register
from survey.services.questionnaires.preview import Standing, Step
from survey.web import guards, uploads
from survey.web.i18n import LANGUAGES, language
from survey.web.office import bp
from survey.web.office.questionnaires import xform_file
from survey.web.respond import compiled, visit
from survey.web.session import current, now
from survey.web.signing import SignedJson

STATE, PAGE = "preview_state", "preview_page"
#: What a signature on the state is good for.
PURPOSE = "preview"
NAMES = {"vi": "Tiếng Việt", "en": "English"}


@bp.get("/phieu-hoi/<int:number>/xem-truoc")
@guards.requires(Role.VIEWER)
def preview_questionnaire(number: int):
    _found, q = register.get(current(), number)
    here = {"number": number}
    return _beside(q, "office.questionnaire_page", "office.try_questionnaire", here)


@bp.get("/phieu-hoi/nhap/<int:draft_id>/xem-truoc")
@guards.requires(Role.VIEWER)
def preview_questionnaire_draft(draft_id: int):
    here = {"draft_id": draft_id}
    return _beside(
        drafted(draft_id), "office.questionnaire_draft", "office.try_questionnaire_draft", here
    )


@bp.route("/phieu-hoi/<int:number>/thu", methods=["GET", "POST"])
@guards.framed
@guards.takes_files(uploads.LARGEST_PAGE)
@guards.requires(Role.VIEWER)
def try_questionnaire(number: int):
    return _walk(register.get(current(), number)[1])


@bp.route("/phieu-hoi/nhap/<int:draft_id>/thu", methods=["GET", "POST"])
@guards.framed
@guards.takes_files(uploads.LARGEST_PAGE)
@guards.requires(Role.VIEWER)
def try_questionnaire_draft(draft_id: int):
    return _walk(drafted(draft_id))


@bp.get("/phieu-hoi/nhap/<int:draft_id>/xform.xml")
@guards.requires(Role.VIEWER)
def questionnaire_draft_xform(draft_id: int):
    return xform_file(drafted(draft_id))


def drafted(draft_id: int) -> Questionnaire:
    _found, definition = drafts.get(current(), draft_id)
    if definition is None:
        raise NotFound("Bản nháp còn lỗi, chưa xem trước được.", code="questionnaire.draft_faulty")
    return definition


def _beside(q: Questionnaire, back: str, walk: str, here: dict[str, int]) -> str:
    shown = [code for code in LANGUAGES if code in q.languages] or [q.default_language]
    is_draft = "draft_id" in here
    return render_template(
        "office/questionnaire_preview.html",
        title=q.text(q.titles, language()),
        back=url_for(back, **here),
        rows=[
            {
                "code": code,
                "name": NAMES.get(code, code),
                "phone": url_for(walk, lang=code, **here),
                "paper": url_for("office.preview_paper", lang=code, **here),
                "pdf": url_for("office.preview_paper_pdf", lang=code, **here),
                "odk": url_for("office.preview_xform", lang=code, **here),
            }
            for code in shown
        ],
        xform=url_for(
            "office.questionnaire_draft_xform" if is_draft else "office.questionnaire_xform", **here
        ),
        example=preview.EXAMPLE,
        user=guards.current_user(),
    )


def _walk(q: Questionnaire):
    """One page of the walk; what was answered travels with it, signed."""
    if request.method == "GET":
        return _shown(q, preview.show(q, Standing(), None, now=now()))
    digest = canonical.sha256(q)
    signed = SignedJson(current_app.secret_key, PURPOSE)
    try:
        of, answers, visited = signed.loads(request.form.get(STATE, ""))
    except BadSignature:
        of = ""
    if of != digest:  # the draft was replaced meanwhile: begin again
        return redirect(request.full_path, 303)
    raw = request.form.to_dict(flat=False)
    name = request.form.get(PAGE, "")
    step = preview.send(
        q, Standing(answers, visited), name, raw, now=now(), uploads=uploads.answered()
    )
    return _shown(q, step, raw if step.parsed else None)


def _shown(q: Questionnaire, step: Step, raw: dict[str, Sequence[str]] | None = None):
    standing = step.standing
    if step.page.shown is None:
        return render_template(
            "office/questionnaire_previewed.html",
            kept=preview.kept(q, standing, now=now()),
            again=request.full_path,
        )
    parts = [canonical.sha256(q), dict(standing.answers), list(standing.visited)]
    state = SignedJson(current_app.secret_key, PURPOSE).dumps(parts)
    return compiled.preview(step.page, visit.browser(), state, raw, step.parsed).response()
