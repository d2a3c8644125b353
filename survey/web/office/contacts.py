"""The log of contact attempts: who is due, one case, a file of attempts."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain import contact
from survey.domain.contact_file import parse_time
from survey.domain.disposition import MEANINGS
from survey.domain.roles import Role
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services.fieldwork import attempt_file, attempts, monitor
from survey.services.fieldwork import due as fieldwork_due
from survey.services.intake import history
from survey.web import guards
from survey.web.i18n import local_time, translated
from survey.web.office import bp
from survey.web.session import current, now


@bp.get("/dot/<slug>/lien-he")
@guards.requires(Role.MANAGER)
def due(slug: str):
    return _due_page(slug)


@bp.get("/dot/<slug>/lien-he/tim")
@guards.requires(Role.MANAGER)
def find_case(slug: str):
    wanted = request.args.get("q", "").strip()[:200]
    if not wanted:
        return redirect(url_for("office.due", slug=slug), 303)
    try:
        case = attempts.find(current(), slug, wanted)
    except NotFound as missing:
        return _due_page(slug, wanted=wanted, errors=[translated(missing)]), 404
    return redirect(url_for("office.field_case", slug=slug, case_id=case.id), 303)


@bp.post("/dot/<slug>/lien-he")
@guards.requires(Role.MANAGER)
def import_attempts(slug: str):
    file = request.files.get("file")
    try:
        made = attempt_file.import_file(
            current(),
            slug,
            file.read() if file else b"",
            name=(file.filename or "")[:200] if file else "",
            by=guards.current_user().name,
            now=now(),
        )
    except InvalidInput as refused:
        # The services look at everything before they write: nothing is half done here.
        errors = [translated(refused), *map(translated, refused.problems)]
        return _due_page(slug, errors=errors), 422
    return redirect(url_for("office.due", slug=slug, n=made.n_attempts), 303)


@bp.get("/dot/<slug>/lien-he/<int:case_id>")
@guards.requires(Role.MANAGER)
def field_case(slug: str, case_id: int):
    return _case_page(slug, case_id)


@bp.post("/dot/<slug>/lien-he/<int:case_id>")
@guards.requires(Role.MANAGER)
def log_attempt(slug: str, case_id: int):
    given = {name: request.form.get(name, "")[:500] for name in ("at", "mode", "result", "note")}
    case = attempts.view(current(), slug, case_id)
    at = parse_time(given["at"])
    try:
        if at is None:
            raise InvalidInput("Hãy ghi ngày và giờ liên hệ.", code="attempt.time")
        attempts.log_attempt(
            current(),
            slug,
            case.dossier_code,
            at=at,
            mode=given["mode"],
            result=given["result"],
            note=given["note"],
            by=guards.current_user().name,
            now=now(),
        )
    except (InvalidInput, Conflict) as refused:
        return _case_page(slug, case_id, given=given, error=translated(refused)), 422
    return redirect(url_for("office.field_case", slug=slug, case_id=case_id, saved=1), 303)


@bp.post("/dot/<slug>/lien-he/<int:case_id>/rut/<int:attempt_id>")
@guards.requires(Role.MANAGER)
def take_back(slug: str, case_id: int, attempt_id: int):
    try:
        attempts.take_back(
            current(),
            slug,
            attempt_id,
            reason=request.form.get("reason", "")[:500],
            by=guards.current_user().name,
            now=now(),
        )
    except (InvalidInput, Conflict) as refused:
        return _case_page(slug, case_id, error=translated(refused)), 422
    return redirect(url_for("office.field_case", slug=slug, case_id=case_id), 303)


def _due_page(slug: str, *, wanted: str = "", errors: list[str] | None = None) -> str:
    return render_template(
        "office/due.html",
        wave=monitor.wave(current(), slug),
        due=fieldwork_due.due(
            current(),
            slug,
            now=now(),
            unit=request.args.get("don-vi", "")[:50],
            page=request.args.get("trang", 1, type=int),
        ),
        fields=fieldwork_due.field_titles(current(), slug),
        wanted=wanted,
        errors=errors or [],
        logged=request.args.get("n", type=int),
        user=guards.current_user(),
    )


def _case_page(slug: str, case_id: int, *, given: dict | None = None, error: str = "") -> str:
    return render_template(
        "office/case.html",
        wave=monitor.wave(current(), slug),
        case=attempts.view(current(), slug, case_id),
        sent=history.of_case(current(), case_id),
        fields=fieldwork_due.field_titles(current(), slug),
        meanings=MEANINGS,
        modes=contact.MODE_TITLES,
        results=_results(),
        given=given or {"at": local_time(now()), "mode": "", "result": "", "note": ""},
        error=error,
        saved="saved" in request.args,
        max_note=contact.MAX_NOTE,
        user=guards.current_user(),
    )


def _results() -> list[tuple[str, list[tuple[str, dict]]]]:
    """Results by category, those that end nothing first."""
    groups: dict[str, list] = {}
    for code, titles in contact.RESULT_TITLES.items():
        letter = MEANINGS[code].category if code in MEANINGS else ""
        groups.setdefault(letter, []).append((str(code), titles))
    return [(letter, groups[letter]) for letter in ("", "NC", "UH", "UO", "R", "O", "NE")]
