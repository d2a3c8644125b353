"""Planning a sample: choices in, expected precision out, then the plan itself."""

from __future__ import annotations

from dataclasses import asdict

from flask import redirect, render_template, request, url_for

from survey.domain.plan import ALLOCATIONS, GOALS, PlanRequest
from survey.domain.roles import Role
from survey.errors import InvalidInput
from survey.services import jobs
from survey.services.fieldwork import monitor
from survey.services.sampling import commitment, proposals
from survey.web import guards
from survey.web.i18n import language, translated
from survey.web.office import bp
from survey.web.session import current, now

#: Fields that a person reads and writes in percent.
PERCENT = ("margin", "level", "response_rate", "reserve", "whole_margin", "share")


@bp.get("/dot/<slug>/phuong-an")
@guards.requires(Role.MANAGER)
def planner(slug: str):
    return _page(slug)


@bp.post("/dot/<slug>/phuong-an")
@guards.requires(Role.MANAGER)
def propose(slug: str):
    form = {name: text[:40] for name, text in request.form.items()}
    try:
        wanted = proposals.read(form)
    except InvalidInput as refused:
        problems = [translated(problem) for problem in refused.problems]
        return _page(slug, form=form, error=translated(refused), problems=problems), 422
    proposals.ask(current(), slug, wanted, by=guards.current_user().name, now=now())
    return redirect(url_for("office.planner", slug=slug), 303)


@bp.post("/dot/<slug>/phuong-an/<int:proposal>/dung")
@guards.requires(Role.MANAGER)
def use_proposal(slug: str, proposal: int):
    job_id = proposals.use(current(), slug, proposal, by=guards.current_user().name, now=now())
    return redirect(url_for("office.job", job_id=job_id), 303)


def _page(slug: str, *, form: dict[str, str] | None = None, **more: object) -> str:
    found = proposals.latest(current(), slug, language())
    asked = jobs.last(current(), "plan.propose", slug)
    return render_template(
        "office/planner.html",
        wave=monitor.wave(current(), slug),
        committed=commitment.view(current(), slug) is not None,
        proposal=found,
        job=asked if found and not found.found else None,
        form=form or _shown(found.request if found else PlanRequest()),
        goals=GOALS,
        allocations=ALLOCATIONS,
        user=guards.current_user(),
        **more,
    )


def _shown(wanted: PlanRequest) -> dict[str, str]:
    """A request as the fields of the page."""
    out = {}
    for name, value in asdict(wanted).items():
        if name in PERCENT:
            value = round(100 * value, 6)
        out[name] = f"{value:g}" if isinstance(value, float) else str(value)
    return out
