"""Screening: evidence by unit and rule, and the decision that a reviewer signs."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from survey.domain.roles import Role, may
from survey.errors import InvalidInput
from survey.services import jobs, screening_review
from survey.services.fieldwork import monitor
from survey.services.households import presence
from survey.web import guards
from survey.web.i18n import language, translated
from survey.web.office import bp, evidence
from survey.web.session import current, now

#: Flags on one page; filters lead to the others.
MOST = 100


@bp.get("/dot/<slug>/sang-loc", endpoint="screening")
@guards.requires(Role.ANALYST)
def screening_list(slug: str):
    review = screening_review.review(current(), slug)
    asked = {name: request.args.get(name, "")[:80] for name in ("rule", "unit", "open")}
    chosen = review.of(rule=asked["rule"], unit=asked["unit"], open_only=bool(asked["open"]))
    return render_template(
        "office/screening.html",
        wave=monitor.wave(current(), slug),
        review=review,
        officer=presence.of_wave(current(), slug, language()),
        flags=chosen[:MOST],
        n_chosen=len(chosen),
        asked=asked,
        titles=evidence.titles(),
        words=evidence.words,
        strength=evidence.strength,
        job=jobs.running(current(), slug),
        user=guards.current_user(),
    )


@bp.post("/dot/<slug>/sang-loc")
@guards.requires(Role.ANALYST)
def screen(slug: str):
    who = guards.current_user().name
    job_id = jobs.request(current(), "screen", {"wave": slug}, by=who, now=now())
    return redirect(url_for("office.job", job_id=job_id), 303)


@bp.get("/dot/<slug>/sang-loc/<int:flag_id>")
@guards.requires(Role.ANALYST)
def flag(slug: str, flag_id: int):
    return _flag_page(slug, flag_id)


@bp.post("/dot/<slug>/sang-loc/<int:flag_id>")
@guards.requires(Role.MANAGER)
def decide(slug: str, flag_id: int):
    try:
        screening_review.decide(
            current(),
            slug,
            flag_id,
            verdict=request.form.get("verdict", ""),
            reason=request.form.get("reason", "")[:2000],
            by=guards.current_user().name,
            now=now(),
        )
    except InvalidInput as refused:
        return _flag_page(slug, flag_id, refused), 422
    return redirect(url_for("office.flag", slug=slug, flag_id=flag_id), 303)


def _flag_page(slug: str, flag_id: int, refused: InvalidInput | None = None) -> str:
    found, sheets = screening_review.flag(current(), slug, flag_id)
    user = guards.current_user()
    return render_template(
        "office/flag.html",
        wave=monitor.wave(current(), slug),
        flag=found,
        sheets=sheets,
        titles=evidence.titles(),
        words=evidence.words(found),
        meaning=evidence.meaning(found.rule),
        strength=evidence.strength(found),
        problems=[translated(each) for each in refused.problems] if refused else [],
        form=request.form,
        may_decide=may(user.role, Role.MANAGER),
        user=user,
    )
