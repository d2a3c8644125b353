"""Boundaries of units: sent as GeoJSON, judged by feature, looked at on a map, loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import redirect, render_template, request, url_for

from survey.domain.calendar import local_day
from survey.domain.roles import Role, may
from survey.errors import InvalidInput, NotFound
from survey.services import boundaries, boundary_files
from survey.web import guards
from survey.web.i18n import _, language, translated
from survey.web.office import bp
from survey.web.session import current, now
from survey.web.settings import instance

#: Faults that a page names; there are rarely more kinds than this.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Given:
    """What stands beside the file."""

    source: str
    on: date
    code_name: str

    def to_form(self) -> dict[str, str]:
        return {"source": self.source, "on": self.on.isoformat(), "code_name": self.code_name}


@bp.get("/ranh-gioi")
@guards.requires(Role.VIEWER)
def boundaries_page():
    return _page({"on": local_day(now()).isoformat()}, loaded=request.args.get("da-nap", ""))


@bp.post("/ranh-gioi")
@guards.requires(Role.MANAGER)
@guards.takes_files(boundary_files.LARGEST)
def receive_boundaries():
    """Check a file and show its map; nothing is loaded."""
    sent = request.files.get("file")
    try:
        given = _given()
        if sent is None or not sent.filename:
            raise InvalidInput("Hãy chọn một tệp GeoJSON.", code="upload.none")
        content = sent.stream.read(boundary_files.LARGEST + 1)
        digest = boundary_files.keep(instance(), content, now=now())
        checked = boundaries.check(current(), content, on=given.on, code_name=given.code_name)
    except InvalidInput as refused:
        return _page(_form(), refused=refused), 422
    drawn = boundaries.preview(checked, given.source, language())
    return _page(given.to_form(), checked=checked, drawn=drawn, digest=digest)


@bp.post("/ranh-gioi/nap")
@guards.requires(Role.MANAGER)
def load_boundaries():
    """Load the file that was looked at."""
    digest = request.form.get("digest", "")
    try:
        given = _given()
        content = boundary_files.content(instance(), digest)
        made = boundaries.import_file(
            current(),
            content,
            source=given.source,
            on=given.on,
            code_name=given.code_name,
            by=guards.current_user().name,
            now=now(),
        )
    except InvalidInput as refused:
        return _page(_form(), refused=refused), 422
    except NotFound as gone:
        return _page(_form(), error=translated(gone)), 404
    boundary_files.drop(instance(), digest)
    return redirect(url_for("office.boundaries_page", **{"da-nap": made.n_units}), 303)


def _form() -> dict[str, str]:
    return {name: request.form.get(name, "")[:300] for name in ("source", "on", "code_name")}


def _given() -> Given:
    """Raises InvalidInput."""
    form = {name: " ".join(value.split()) for name, value in _form().items()}
    try:
        on = date.fromisoformat(form["on"])
    except ValueError:
        raise InvalidInput("Ngày phải có dạng năm-tháng-ngày.", code="boundary.day") from None
    if not form["source"]:
        raise InvalidInput("Hãy ghi ranh giới lấy từ đâu.", code="boundary.no_source")
    return Given(form["source"], on, form["code_name"])


def _page(
    form: dict[str, str],
    *,
    refused: InvalidInput | None = None,
    error: str = "",
    checked: boundaries.Checked | None = None,
    drawn: str = "",
    digest: str = "",
    loaded: str = "",
) -> str:
    user = guards.current_user()
    problems = list(refused.problems) if refused else []
    faults = [translated(each) for each in problems[:SHOWN]]
    if len(problems) > SHOWN:
        faults.append(_("và %(n)s lỗi khác", n=len(problems) - SHOWN))
    return render_template(
        "office/boundaries.html",
        form=form,
        error=error or (translated(refused) if refused else ""),
        faults=faults,
        checked=checked,
        drawn=drawn,
        digest=digest,
        loaded=int(loaded) if loaded.isdecimal() and len(loaded) < 7 else None,
        sources=boundaries.listed(current()),
        may_manage=may(user.role, Role.MANAGER),
        user=user,
    )
