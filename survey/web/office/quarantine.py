"""Field submissions that wait for a person, and the decision that a manager signs."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput
from survey.services.fieldwork import monitor
from survey.services.intake import outbox, quarantine
from survey.web import guards
from survey.web.i18n import _, translated
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.settings import code_key


@bp.get("/dot/<slug>/cach-ly", endpoint="quarantine")
@guards.requires(Role.MANAGER)
def quarantine_list(slug: str):
    return _list(slug)


@bp.post("/dot/<slug>/cach-ly")
@guards.requires(Role.MANAGER)
@guards.takes_files(outbox.LARGEST)
def open_outbox(slug: str):
    """What a tablet could not send, brought as a file."""
    sent = request.files.get("file")
    try:
        lines = outbox.take_in(
            current(), sent.read() if sent else b"", code_key=code_key(),
            by=guards.current_user().name, now=now(),
        )  # fmt: skip
    except InvalidInput as refused:
        return _list(slug, error=translated(refused)), 422
    return _list(slug, lines=lines)


@bp.get("/dot/<slug>/cach-ly/<path:id_>")
@guards.requires(Role.MANAGER)
def held(slug: str, id_: str):
    return _page(slug, id_)


@bp.post("/dot/<slug>/cach-ly/<path:id_>")
@guards.requires(Role.MANAGER)
def decide_held(slug: str, id_: str):
    """A refusal comes before anything is changed, so the page is simply shown again."""
    given = {name: request.form.get(name, "")[:500] for name in ("verdict", "reason", "reference")}
    try:
        quarantine.decide(
            current(),
            slug,
            id_,
            **given,
            by=guards.current_user().name,
            code_key=code_key(),
            now=now(),
        )
    except (InvalidInput, Conflict) as refused:
        return _page(slug, id_, error=translated(refused), given=given), 422
    return redirect(url_for("office.quarantine", slug=slug), 303)


def _page(slug: str, id_: str, *, error: str = "", given: dict | None = None):
    return render_template(
        "office/held.html",
        wave=monitor.wave(current(), slug),
        held=quarantine.view(current(), slug, id_),
        user=guards.current_user(),
        error=error,
        given=given or {},
    )


def _list(slug: str, **more) -> str:
    return render_template(
        "office/quarantine.html",
        wave=monitor.wave(current(), slug),
        held=quarantine.listing(current(), slug),
        user=guards.current_user(),
        kinds={
            "interview": _("phiếu"),
            "attempt": _("lần liên hệ"),
            "listing": _("danh sách hộ"),
            "reading": _("lời nhắn đã đọc"),
        },
        outcomes={
            "kept": _("đã nhận"),
            "held": _("vào cách ly"),
            "unfinished": _("còn dở, không nhận"),
            "refused": _("không nhận"),
        },
        translated=translated,
        **more,
    )
