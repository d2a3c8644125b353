"""What waits for the unit, wave by wave; its claims, result and duties in one."""

from __future__ import annotations

from flask import g, render_template

from survey.errors import Conflict, InvalidInput
from survey.services import own_unit
from survey.services.own_unit import OwnWave
from survey.web import claimed, guards
from survey.web.i18n import translated
from survey.web.office.follow_up import state_words
from survey.web.session import current, now
from survey.web.unit import bp


@bp.get("/")
@guards.own_unit
def home():
    return render_template(
        "unit/home.html",
        waves=own_unit.waves_of(current(), g.unit_id, now=now()),
        **common(),
    )


@bp.get("/dot/<slug>")
@guards.own_unit
def wave(slug: str):
    return page(slug)


def page(slug: str, refused: InvalidInput | Conflict | None = None, **more) -> str:
    """The unit's page of a wave, with what was refused."""
    problems = getattr(refused, "problems", ())
    return render_template(
        "unit/wave.html",
        wave=own_wave(slug),
        states=claimed.states(),
        duty_states=state_words(),
        error=translated(refused) if refused else "",
        faults=[translated(problem) for problem in problems[:50]],
        **common(),
        **more,
    )


def own_wave(slug: str) -> OwnWave:
    """Raises NotFound for a wave that is not the unit's business."""
    return own_unit.wave(current(), slug, g.unit_id, now=now())


def common() -> dict:
    """Who looks, for which unit."""
    return {"user": guards.current_user(), "unit": own_unit.unit(current(), g.unit_id)}
