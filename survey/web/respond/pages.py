"""The walk: consent, one section a page, the last look, the receipt."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from forms.faces.web import form_class
from survey.domain.codes import grouped
from survey.services import respond
from survey.services.entry import Refusal
from survey.services.respond import Page, Receipt
from survey.web import guards
from survey.web.i18n import language
from survey.web.respond import bp, visit
from survey.web.respond.enter import refused
from survey.web.session import current, now
from survey.web.settings import code_key


@bp.get("/phieu")
@guards.public
def consent():
    """What this is and who asks; goes on where somebody stopped."""
    entry = visit.entry()
    if isinstance(entry, Refusal):
        return _over(entry)
    if entry is None:
        return _nothing_open()
    resumed = entry.draft_id or visit.draft_id()
    page = respond.page(current(), resumed, None, now=now()) if resumed else None
    return render_template("respond/consent.html", entry=entry, page=page, missing=False)


@bp.post("/phieu")
@guards.public
def decide():
    """The answer to the question whether to take part."""
    entry = visit.entry()
    if isinstance(entry, Refusal):
        return _over(entry)
    if entry is None:
        return _nothing_open()
    choice = request.form.get("consent")
    if choice == "khong":
        respond.decline(current(), entry, draft_id=visit.draft_id(), now=now())
        visit.keep_draft(None)
        return redirect(url_for("respond.declined"), 303)
    if choice != "dong_y":
        page = render_template("respond/consent.html", entry=entry, page=None, missing=True)
        return page, 422
    draft = visit.draft_id() if entry.kind == "desk" else ""
    page = respond.page(current(), draft, None, now=now()) if draft else None
    if not isinstance(page, Page):
        draft = respond.start(current(), entry, language=language(), now=now())
        page = respond.page(current(), draft, None, now=now())
    visit.keep_draft(draft)
    return visit.to_section(page.section)


@bp.get("/phieu/tu-choi")
@guards.public
def declined():
    return render_template("respond/declined.html", entry=visit.entry())


@bp.get("/phieu/<name>")
@guards.public
def section(name: str):
    page = respond.page(current(), visit.draft_id(), name, now=now())
    if not isinstance(page, Page):
        return _no_page(page)
    if page.section != name:
        return visit.to_section(page.section)
    return _show(page, _form(page))


@bp.post("/phieu/<name>")
@guards.public
def send_section(name: str):
    page = respond.page(current(), visit.draft_id(), name, now=now())
    if not isinstance(page, Page):
        return _no_page(page)
    if page.section != name:
        # Sent from a page that earlier answers have since closed: nothing of it applies.
        return visit.to_section(page.section)
    form = _form(page)
    if not form.validate():
        return _show(page, form), 422
    following = respond.record(
        current(), visit.draft_id(), name, form.parsed.values, language=language(), now=now()
    )
    return visit.to_section(following)


@bp.get("/phieu/gui")
@guards.public
def review():
    page = respond.page(current(), visit.draft_id(), None, now=now())
    if not isinstance(page, Page):
        return _no_page(page)
    if page.section is not None:
        return visit.to_section(page.section)
    visit.promise(respond.new_receipt_code())
    return render_template("respond/review.html", page=page)


@bp.post("/phieu/gui")
@guards.public
def submit():
    made = respond.submit(
        current(),
        visit.draft_id(),
        code_key=code_key(),
        receipt_code=visit.promised() or respond.new_receipt_code(),
        now=now(),
    )
    if isinstance(made, Refusal) and made.reason == "incomplete":
        return visit.to_section(made.detail)
    if not isinstance(made, Receipt):
        return _no_page(made)
    visit.finish(made.code, made.outcome, synthetic=made.synthetic)
    return redirect(url_for("respond.thanks"), 303)


@bp.get("/phieu/xong")
@guards.public
def thanks():
    kept = visit.receipt()
    if kept is None:
        return redirect(url_for("respond.consent"), 303)
    code, outcome, synthetic = kept
    return render_template(
        "respond/thanks.html", code=grouped(code), outcome=outcome, synthetic=synthetic
    )


def _form(page: Page):
    made = form_class(page.questionnaire, page.section, language(), FlaskForm)
    context = {**page.context, "order_seed": visit.draft_id()}
    return made(answers=page.answers, context=context)


def _show(page: Page, form):
    return render_template("respond/section.html", page=page, form=form)


def _no_page(found: Refusal | None):
    """There is no draft (any more): it was sent, it was refused, or nothing was opened here."""
    if isinstance(found, Refusal):
        return _over(found)
    if visit.receipt() is not None:
        return redirect(url_for("respond.thanks"), 303)
    entry = visit.entry()
    if isinstance(entry, Refusal):
        return _over(entry)
    return _nothing_open() if entry is None else redirect(url_for("respond.consent"), 303)


def _over(refusal: Refusal):
    if refusal.reason == "spent" and visit.receipt() is not None:
        return redirect(url_for("respond.thanks"), 303)
    return refused(refusal)


def _nothing_open():
    if visit.receipt() is not None:
        return redirect(url_for("respond.thanks"), 303)
    return render_template("respond/nothing_open.html"), 404
