"""Waves that know each other: an earlier wave's numbers, counted from another start.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from analysis.errors import SamplingError
from analysis.sampling.coordination import Shift, shift_for_overlap
from survey.domain.plan import PlanRequest
from survey.errors import Conflict
from survey.store import waves


def of_plan(
    session: Session, request: PlanRequest, strata: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Seed, wave and the start of each stratum; None for a plan that stands alone.

    Strata that the earlier wave had are turned so far that the wanted share of cases is expected
    in both, or as near to it as a small stratum allows; others start at 0.  Raises NotFound,
    Conflict.
    """
    if not request.after:
        return None
    if not 0 <= request.overlap <= 1:
        raise Conflict("Tỷ lệ trùng phải nằm giữa 0 và 1.", code="coordination.overlap")
    before = waves.get(session, request.after)
    drawn, promised = waves.draw_of(session, before.id), waves.commitment_of(session, before.id)
    if drawn is None or promised is None:
        raise Conflict(
            "Đợt “%(slug)s” chưa rút mẫu theo cam kết; không phối hợp với đợt đó được.",
            code="coordination.no_draw",
            slug=request.after,
        )
    if drawn.plan.definition.get("coordination"):
        raise Conflict(
            "Đợt “%(slug)s” đã dùng số của một đợt trước nữa; hãy phối hợp với đợt đầu tiên.",
            code="coordination.chain",
            slug=request.after,
        )
    sizes = {s["stratum"]: s["n"] for s in drawn.plan.definition["strata"]}
    turned = {
        s["stratum"]: _shift(s["population"], sizes[s["stratum"]], s["n"], request.overlap)
        for s in strata
        if s["n"] and sizes.get(s["stratum"])
    }
    return {
        "wave": request.after,
        "seed": drawn.seed,
        "starts": {stratum: shift.start for stratum, shift in turned.items()},
        "expected_overlap": round(sum(shift.expected_overlap for shift in turned.values()), 2),
    }


def _shift(population: int, before: int, now: int, overlap: float) -> Shift:
    """The start for the wanted overlap, or for the nearest that the stratum allows."""
    before = min(before, population)
    try:
        return shift_for_overlap(population, before, now, overlap)
    except SamplingError as refused:
        if refused.code != "coordination.overlap":
            raise
        nearest = min(max(overlap, refused.facts["least"] / now), refused.facts["most"] / now)
        return shift_for_overlap(population, before, now, nearest)
