"""The walk: consent, the pages of questions, the last look, the receipt."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from forms.answers import Parsed
from survey.services import respond
from survey.services.entry import Refusal
from survey.services.respond import Faulty, Next, Page
from survey.services.submission import Receipt
from survey.web import guards, transaction, uploads
from survey.web.i18n import language
from survey.web.respond import bp, compiled, visit
from survey.web.respond.enter import refused
from survey.web.session import current, now


@bp.get("/phieu")
@guards.public
@transaction.at_once()
def consent():
    """What this is and who asks; goes on where somebody stopped."""
    page = _look(None)
    if not isinstance(page, Page):
        return _no_page(page)
    return compiled.consent(page, visit.browser()).response()


@bp.post("/phieu")
@guards.public
@guards.takes_files(uploads.LARGEST_PAGE)
@transaction.at_once(unless=lambda: _choice() == "khong" or bool(request.files))
def decide():
    """The answer to the question whether to take part, with the first questions below it."""
    who, choice = visit.browser().visitor(), _choice()
    if who is None:
        return _nothing_open()
    if choice == "khong":
        respond.decline(current(), who, now=now())
        visit.browser().keep_draft("")
        return redirect(url_for("respond.declined"), 303)
    if choice != "dong_y":
        return _without_consent()
    if "page" in request.form:
        return _received(request.form["page"], agreed=True)
    made = respond.start(current(), who, language=language(), now=now())
    if isinstance(made, Refusal):
        return _no_page(made)
    visit.browser().keep_draft(made.draft_id)
    return visit.to_page(made.page)


@bp.get("/phieu/tu-choi")
@guards.public
def declined():
    page = _look(None)
    entry = page.entry if isinstance(page, Page) else None
    return render_template("respond/declined.html", entry=entry)


@bp.get("/phieu/<name>")
@guards.public
@transaction.at_once()
def section(name: str):
    page = _look(name)
    if not isinstance(page, Page):
        return _no_page(page)
    if page.entry.draft_id is None:
        return redirect(url_for("respond.consent"), 303)
    if page.name != name:
        return visit.to_page(page.name)
    return compiled.section(page, visit.browser()).response()


@bp.post("/phieu/<name>")
@guards.public
@guards.takes_files(uploads.LARGEST_PAGE)
@transaction.at_once(unless=lambda: bool(request.files))
def send_section(name: str):
    return _received(name, agreed=False)


@bp.get("/phieu/gui")
@guards.public
@transaction.at_once()
def review():
    page = _look(None)
    if not isinstance(page, Page):
        return _no_page(page)
    if page.name is not None:
        return visit.to_page(page.name)
    return render_template("respond/review.html", page=page)


@bp.post("/phieu/gui")
@guards.public
@transaction.at_once()
def submit():
    who = visit.browser().visitor()
    if who is None:
        return _nothing_open()
    made = respond.submit(current(), who, sending=visit.browser().sending())
    if isinstance(made, Refusal) and made.reason == "incomplete":
        return visit.to_page(made.detail)
    return _sent(made) if isinstance(made, Receipt) else _no_page(made)


@bp.get("/phieu/xong")
@guards.without_database
def thanks():
    kept = visit.browser().receipt()
    if kept is None:
        return redirect(url_for("respond.consent"), 303)
    code, outcome, synthetic = kept
    return compiled.thanks(visit.browser(), code, outcome, synthetic=synthetic).response()


def _choice() -> str | None:
    return request.form.get("consent")


def _look(name: str | None) -> Page | Refusal | None:
    who = visit.browser().visitor()
    return respond.page(current(), who, name, now=now()) if who else None


def _received(name: str, *, agreed: bool):
    who = visit.browser().visitor()
    if who is None:
        return _nothing_open()
    raw = request.form.to_dict(flat=False)
    made = respond.receive(
        current(),
        who,
        name,
        raw,
        agreed=agreed,
        sending=visit.browser().sending(),
        uploads=uploads.answered(),
    )
    if isinstance(made, Receipt):
        return _sent(made)
    if isinstance(made, Next):
        visit.browser().keep_draft(made.draft_id)
        return visit.to_page(made.page)
    if isinstance(made, Faulty):
        visit.browser().keep_draft(made.draft_id)
        show = compiled.consent if agreed else compiled.section
        return show(made.page, visit.browser(), raw, made.parsed).response()
    return _no_page(made)


def _without_consent():
    """Nothing was agreed to, so nothing is kept; what was typed stays on the page."""
    page = _look(None)
    if not isinstance(page, Page):
        return _no_page(page)
    problem = Parsed({}, {compiled.CONSENT: compiled.no_choice()})
    return compiled.consent(
        page, visit.browser(), request.form.to_dict(flat=False), problem
    ).response()


def _sent(receipt: Receipt):
    visit.browser().finish(receipt.code, receipt.outcome, synthetic=receipt.synthetic)
    return redirect(url_for("respond.thanks"), 303)


def _no_page(found: object):
    """There is no draft (any more): it was sent, it was refused, or nothing was opened here."""
    if visit.browser().receipt() is not None:
        return redirect(url_for("respond.thanks"), 303)
    if isinstance(found, Refusal):
        return refused(found)
    return _nothing_open() if found is None else redirect(url_for("respond.consent"), 303)


def _nothing_open():
    if visit.browser().receipt() is not None:
        return redirect(url_for("respond.thanks"), 303)
    return render_template("respond/nothing_open.html"), 404
