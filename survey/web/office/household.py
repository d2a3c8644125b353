"""Household rounds: how far listings are, who works which area, the draw made again."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput, NotFound, SurveyError
from survey.services.fieldwork import monitor
from survey.services.households import assigning, listings, loading, overview, presence
from survey.web import guards
from survey.web.i18n import _, language, translated
from survey.web.office import bp
from survey.web.session import current, now


@bp.get("/dot/<slug>/ho-gia-dinh", endpoint="household")
@guards.requires(Role.MANAGER)
def household_page(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/ho-gia-dinh/giao")
@guards.requires(Role.MANAGER)
def assign_area(slug: str):
    area, name = request.form.get("area", "")[:80], request.form.get("name", "")[:60]
    try:
        assigning.assign(current(), slug, area, name, by=guards.current_user().name, now=now())
    except NotFound as refused:
        return _page(slug, error=translated(refused)), 422
    return redirect(url_for("office.household", slug=slug) + "#khu-vuc", 303)


@bp.post("/dot/<slug>/ho-gia-dinh/khu-vuc")
@guards.requires(Role.MANAGER)
@guards.takes_files(loading.LARGEST)
def receive_areas(slug: str):
    """Load a file of areas, or say row by row what is wrong with it; then nothing is stored."""
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput("Hãy chọn một tệp CSV.", code="upload.none")
        content = sent.stream.read(loading.LARGEST + 1)
        if len(content) > loading.LARGEST:
            raise InvalidInput("Tệp khu vực lớn hơn 2 MB.", code="upload.large")
        by = guards.current_user().name
        loading.load(current(), slug, content, name=sent.filename[:80], by=by, now=now())
    except (InvalidInput, Conflict) as refused:
        return _page(slug, refused=refused), 422
    return redirect(url_for("office.household", slug=slug) + "#nap", 303)


def _page(slug: str, *, error: str = "", refused: SurveyError | None = None):
    return render_template(
        "office/household.html",
        wave=monitor.wave(current(), slug),
        lines=overview.progress(current(), slug),
        differs=listings.verified(current(), slug),
        names=assigning.names(current()),
        officer=presence.of_wave(current(), slug, language()),
        kinds=_kinds(),
        frame=loading.frame(current(), slug, language()),
        error=translated(refused) if refused else error,
        problems=[translated(each) for each in getattr(refused, "problems", ())],
        form=request.form,
        user=guards.current_user(),
    )


def _kinds() -> dict[str, str]:
    return {
        "digest": _("mã băm của danh sách"),
        "household": _("hộ được chọn"),
        "share": _("xác suất của hộ"),
        "adult": _("người được chọn"),
    }
