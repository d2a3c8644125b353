"""The unit's self-assessment: points, documents, written sums, a workbook of its own."""

from __future__ import annotations

from flask import Response, g, redirect, render_template, request, url_for

from survey.domain.attachment import LARGEST
from survey.errors import Conflict, InvalidInput
from survey.services.appraisal import claim_sheet, entering, reading
from survey.web import claimed, files, guards, uploads
from survey.web.i18n import translated
from survey.web.session import current, now
from survey.web.unit import bp
from survey.web.unit.home import common, own_wave, page

_PLACE = "/dot/<slug>/tu-cham"


@bp.get(_PLACE + "/mau.xlsx")
@guards.own_unit
def claims_form(slug: str):
    own_wave(slug)
    content = claim_sheet.write(current(), slug, g.unit_id)
    return files.attached(content, files.XLSX, f"tu-cham-diem-{slug}.xlsx")


@bp.post(_PLACE + "/nhap")
@guards.own_unit
@guards.takes_files(uploads.LARGEST)
def import_claims(slug: str):
    sent = request.files.get("file")
    try:
        made = claim_sheet.load(
            current(), slug, sent.read() if sent else b"", unit_id=g.unit_id, **_who()
        )
    except (InvalidInput, Conflict) as refused:
        return page(slug, refused), 422
    return redirect(url_for("unit.wave", slug=slug, nap=made.n_claims), 303)


@bp.post(_PLACE + "/tong")
@guards.own_unit
def state_sum(slug: str):
    """The sum that the unit itself writes: it is held against its claims."""
    area = request.form.get("area", "")[:100]
    try:
        entering.state_sum(current(), slug, g.unit_id, area, claimed.points(), **_who())
    except (InvalidInput, Conflict) as refused:
        return page(slug, refused), 422
    return redirect(url_for("unit.wave", slug=slug), 303)


@bp.get(_PLACE + "/muc/<item>")
@guards.own_unit
def item(slug: str, item: str):
    return _item(slug, item)


@bp.post(_PLACE + "/muc/<item>")
@guards.own_unit
@guards.takes_files(uploads.LARGEST)
def claim_points(slug: str, item: str):
    """A claim, or with no points a further document."""
    form = request.form
    more = {"note": form.get("note", ""), **_who()}
    try:
        file = uploads.attached("file")
        if form.get("do") == "file":
            entering.add_evidence(current(), slug, g.unit_id, item, file, **more)
        else:
            points = None if form.get("na") else claimed.points()
            entering.claim(current(), slug, g.unit_id, item, points, file=file, **more)
    except (InvalidInput, Conflict) as refused:
        return _item(slug, item, error=translated(refused)), 422
    return redirect(url_for("unit.item", slug=slug, item=item), 303)


@bp.get(_PLACE + "/tep/<sha256>")
@guards.own_unit
def points_file(slug: str, sha256: str):
    name, media_type, content = entering.file_of(current(), slug, g.unit_id, sha256)
    reply = Response(content, content_type=media_type)
    reply.headers.set("Content-Disposition", "attachment", filename=name)
    return reply


def _who() -> dict:
    """Whoever answers for it in the unit, and the account."""
    by = guards.current_user().name
    return {"person": request.form.get("person", ""), "by": by, "now": now()}


def _item(slug: str, name: str, *, error: str = "") -> str:
    wave = own_wave(slug)
    return render_template(
        "unit/item.html",
        wave=wave,
        item=reading.of_item(current(), slug, g.unit_id, name)[1],
        states=claimed.states(),
        actions=claimed.actions(),
        accepted=uploads.KINDS,
        largest=LARGEST // 2**20,
        form=request.form,
        error=error,
        **common(),
    )
