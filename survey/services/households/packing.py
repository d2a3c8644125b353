"""What a device gets of a household round: its areas, and which household each case stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from survey.domain.household_round import OBSERVATIONS, PRESENCE, Round
from survey.services import definitions
from survey.store import households
from survey.store.models import Wave


def areas(session: Session, account_id: int) -> list[dict[str, Any]]:
    """An enumerator's areas, with all that the draw on the device needs."""
    found = []
    for area, unit, wave, seed in households.of_worker(session, account_id):
        rules = Round.of(wave.settings)
        kept = households.listing(session, area.id)
        found.append(
            {
                "id": area.id,
                "code": area.code,
                "name": area.name,
                "unit": unit.name,
                "wave": dict(wave.titles),
                "seed": seed,
                "wanted": rules.households,
                "method": rules.method,
                "adult": rules.adult,
                "gps": rules.gps,
                "officer": list(PRESENCE) if rules.officer else [],
                "observations": {name: list(words) for name, words in OBSERVATIONS.items()}
                if rules.observations
                else {},
                "handover": _sensitive(wave) if rules.handover else [],
                "places": [place.case_id for place in households.places(session, area.id)],
                "listing": kept
                and {
                    "state": kept.state,
                    "revision": kept.revision,
                    "lines": kept.lines,
                    "digest": kept.digest,
                },
            }
        )
    return found


def _sensitive(wave: Wave) -> list[str]:
    return [question.name for question in definitions.of(wave.questionnaire) if question.sensitive]


def of_cases(session: Session, case_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Case -> its area and place, for cases of household rounds."""
    return {
        id_: {"area": each.area_id, "place": each.place}
        for id_, each in households.of_cases(session, case_ids).items()
    }
