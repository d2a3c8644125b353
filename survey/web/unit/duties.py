"""What the unit owes after publication: remedy plan, breakthrough job, reports."""

from __future__ import annotations

from flask import Response, g, redirect, render_template, request, url_for

from survey.domain.attachment import LARGEST
from survey.errors import Conflict, InvalidInput
from survey.services import own_duties
from survey.web import guards, uploads
from survey.web.i18n import translated
from survey.web.office.follow_up import action_words, state_words
from survey.web.session import current, now
from survey.web.unit import bp
from survey.web.unit.home import common, own_wave

_PLACE = "/dot/<slug>/viec/<int:duty_id>"


@bp.get(_PLACE)
@guards.own_unit
def duty(slug: str, duty_id: int):
    return _page(slug, duty_id)


@bp.post(_PLACE)
@guards.own_unit
@guards.takes_files(uploads.LARGEST)
def act_on_duty(slug: str, duty_id: int):
    form = request.form
    try:
        own_duties.act(
            current(), slug, g.unit_id, duty_id, form.get("action", ""), note=form.get("note", ""),
            person=form.get("person", ""), file=uploads.attached("file"),
            by=guards.current_user().name, now=now(),
        )  # fmt: skip
    except (InvalidInput, Conflict) as refused:
        return _page(slug, duty_id, error=translated(refused)), 422
    return redirect(url_for("unit.duty", slug=slug, duty_id=duty_id), 303)


@bp.get(_PLACE + "/<sha256>")
@guards.own_unit
def duty_file(slug: str, duty_id: int, sha256: str):
    name, media_type, content = own_duties.file_of(
        current(), slug, g.unit_id, duty_id, sha256, now=now()
    )
    reply = Response(content, content_type=media_type)
    reply.headers.set("Content-Disposition", "attachment", filename=name)
    return reply


def _page(slug: str, duty_id: int, *, error: str = "") -> str:
    found = own_duties.get(current(), slug, g.unit_id, duty_id, now=now())
    return render_template(
        "unit/duty.html",
        wave=own_wave(slug),
        duty=found,
        may_do=own_duties.may_do(found),
        states=state_words(),
        actions=action_words(),
        accepted=uploads.KINDS,
        largest=LARGEST // 2**20,
        form=request.form,
        error=error,
        **common(),
    )
