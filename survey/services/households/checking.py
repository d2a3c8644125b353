"""Draw the areas of a household round again and say where they are not as stored.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from survey.errors import NotFound
from survey.services.households import areas as drawing
from survey.services.households import plan
from survey.store import households, waves


def areas(session: Session, slug: str) -> list[dict[str, Any]]:
    """Areas that the plan and the seed do not give.  Raises NotFound, Conflict."""
    wave, rules = waves.get(session, slug), plan.of_wave(session, slug)
    made = waves.draw_of(session, wave.id)
    if made is None:
        raise NotFound("Đợt “%(slug)s” chưa rút mẫu.", code="draw.not_found", slug=slug)
    if plan.changed(session, wave, rules, made.plan):
        return [_fact("*", "plan", made.plan.sha256, "–")]
    again = drawing.redraw(session, wave, rules, made.seed)
    wanted = {
        row.area: min(1.0, float(row.inclusion_probability))
        for row in again.itertuples(index=False)
    }
    stored = {
        area.code: area.probability
        for area in households.areas(session, wave.id)
        if area.probability is not None
    }
    found = [
        _fact(code, "area", stored.get(code), wanted.get(code))
        for code in sorted(stored | wanted)
        if stored.get(code) != wanted.get(code)
    ]
    if not found and drawing.digest(again) != made.digest:
        found.append(_fact("*", "digest", made.digest, drawing.digest(again)))
    return found


def _fact(area: str, differs: str, told: object, wanted: object) -> dict[str, Any]:
    return {"area": area, "differs": differs, "told": told, "wanted": wanted}
