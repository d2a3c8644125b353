"""The part of a submission that a household round adds: whom the device drew, what it noted."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session

from survey.domain import household
from survey.domain.household import Selection
from survey.domain.household_round import LANGUAGES, Round, observed, position
from survey.errors import Conflict
from survey.store import households, waves
from survey.store.models import FieldSubmission, HouseholdCase

#: File beside the form; no page shows it.
PART = "household.json"


def told(session: Session, row: FieldSubmission) -> dict[str, Any]:
    """What the device wrote; {} where the part is missing or no JSON object."""
    content = households.file(session, row.id, PART)
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def is_awaited(session: Session, row: FieldSubmission, settings: dict[str, Any]) -> bool:
    """Whether the part may still come."""
    if Round.of(settings) is None or row.is_whole:
        return False
    return households.file(session, row.id, PART) is None


def hindrance(
    session: Session, row: FieldSubmission, settings: dict[str, Any]
) -> dict[str, Any] | None:
    """Why a device's selection is not the server's; None where it is, or none is asked for."""
    rules = Round.of(settings)
    if rules is None or is_awaited(session, row, settings):
        return None
    place = households.case(session, row.case_id)
    if place is None or place.number is None:
        return {"case": row.case_id, "differs": "listing"}
    made = Selection.of(_selection(told(session, row)))
    if made is None:
        return {"case": row.case_id, "differs": "missing"}
    fault = household.selection_fault(
        made,
        seed=waves.draw_of(session, row.wave_id).seed,
        area=place.area.code,
        digest=households.listing(session, place.area_id).digest,
        number=place.number,
        asks_adult=rules.adult == "roster",
    )
    return fault and {"case": row.case_id, **fault}


def marked(
    session: Session, row: FieldSubmission, settings: dict[str, Any], response: dict[str, Any]
) -> dict[str, Any]:
    """The answer with its area, the product of its probabilities, and what was observed.

    π = π(area) · π(household | area) · 1 / adults.  Raises Conflict where household or number of
    adults are not known: such an answer can have no weight.
    Source: Särndal, Swensson and Wretman (1992), sec. 4.4; Kish (1949).
    """
    rules = Round.of(settings)
    if rules is None:
        return response
    content = told(session, row)
    place = households.case(session, row.case_id)
    made = Selection.of(_selection(content))
    if place is None or place.number is None or made is None:
        raise Conflict(
            "Phiếu này không nói hộ và số người lớn, nên không có quyền số; không nhận được.",
            code="household.no_selection",
        )
    place.adults, place.adult = made.adults, made.adult
    place.position = position(content.get("position"), rules.gps)
    paradata = response["paradata"] | observed(content, rules)
    language = content.get("language")
    return response | {
        "psu": place.area.code,
        "stratum": place.area.stratum,
        "inclusion_probability": probability(place),
        "paradata": paradata,
        "language": language if language in LANGUAGES else response["language"],
    }


def probability(place: HouseholdCase) -> float:
    """π of the person who was asked."""
    return place.area.probability * place.share / place.adults


def _selection(content: dict[str, Any]) -> dict[str, Any]:
    found = content.get("selection")
    return found if isinstance(found, dict) else {}
