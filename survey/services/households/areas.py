"""The areas of a household round: drawn with chances by their size, given to enumerators.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy.orm import Session

from analysis.sampling import draw
from analysis.sampling.multistage import Stage, draw_stages
from survey.domain.household_round import Round
from survey.domain.wave import WaveState, stratum_id
from survey.errors import Conflict, NotFound
from survey.services.households import plan
from survey.services.households.loading import CHANNEL
from survey.store import audit, households, units, waves
from survey.store.models import (
    Case,
    Dossier,
    Frame,
    HouseholdArea,
    HouseholdCase,
    SampleDraw,
    Wave,
)

_DESIGN = "pps_systematic"


@dataclass(frozen=True, slots=True)
class DrawnAreas:
    n_areas: int
    n_cases: int
    digest: str


def draw_areas(session: Session, slug: str, seed: str, *, by: str, now: datetime) -> DrawnAreas:
    """Draw the areas and make a case for each household to come; the wave is open then.

    Raises NotFound, Conflict, SamplingError (a stratum has too few areas).
    """
    wave, rules = waves.get(session, slug), plan.of_wave(session, slug)
    planned = waves.plan_of(session, wave.id)
    if planned is None:
        raise NotFound(
            "Đợt “%(slug)s” chưa có danh sách khu vực.",
            code="areas.not_found",
            hint="Chạy: flask household areas TỆP.csv --wave %(slug)s",
            slug=slug,
        )
    if waves.draw_of(session, wave.id) is not None:
        raise Conflict("Đợt “%(slug)s” đã rút mẫu.", code="draw.exists", slug=slug)
    if not seed.strip():
        raise Conflict("Hạt giống không được để trống.", code="draw.no_seed")
    plan.refuse_changed(session, wave, rules, planned)
    drawn = redraw(session, wave, rules, seed)
    stored = SampleDraw(
        plan_id=planned.id, seed=seed, digest=digest(drawn), drawn_at=now, drawn_by=by
    )
    session.add(stored)
    session.flush()
    n_cases = _make_cases(session, wave, rules, stored, drawn)
    wave.state = WaveState.OPEN
    audit.append(session, "areas.drawn", by=by, at=now, wave=slug, seed=seed, digest=stored.digest)
    return DrawnAreas(len(drawn), n_cases, stored.digest)


def redraw(session: Session, wave: Wave, rules: Round, seed: str) -> pd.DataFrame:
    """The drawn areas: code, probability, in the order of their codes.

    ``areas`` from each unit and stratum with probabilities proportional to their households
    (`analysis.sampling.multistage.draw_stages`, systematic along the codes).
    """
    named = {unit.id: unit for unit in units.of_wave(session, wave.id)}
    frame = pd.DataFrame(
        [
            {
                "area": area.code,
                "households": float(area.households),
                "stratum": stratum_id(
                    named[area.unit_id].code, named[area.unit_id].valid_from, area.stratum
                ),
            }
            for area in households.areas(session, wave.id)
        ]
    )
    stage = Stage(
        column="area",
        take=rules.areas,
        design=_DESIGN,
        measure="households",
        order=("area",),
        at_most=True,
    )
    found = draw_stages(frame, [stage], seed, stratum="stratum")
    return found.sort_values("area", ignore_index=True)


def digest(drawn: pd.DataFrame) -> str:
    return draw.digest(drawn.rename(columns={"area": "id"}))


def _make_cases(
    session: Session, wave: Wave, rules: Round, stored: SampleDraw, drawn: pd.DataFrame
) -> int:
    """A case for each place of each drawn area; it enters the field when its listing is closed."""
    chance = dict(zip(drawn["area"], drawn["inclusion_probability"], strict=True))
    frame = session.get_one(Frame, stored.plan.frame_id)
    rank = 0
    for area in households.areas(session, wave.id):
        if area.code not in chance:
            continue
        # Systematic sampling adds up shares in floating point; certainty is not above 1.
        area.probability = min(1.0, float(chance[area.code]))
        for place in range(1, rules.households + 1):
            rank += 1
            _make_case(session, wave, stored, frame, area, place, rank)
    frame.n_rows = frame.n_dossiers = rank
    session.flush()
    return rank


def _make_case(
    session: Session,
    wave: Wave,
    stored: SampleDraw,
    frame: Frame,
    area: HouseholdArea,
    place: int,
    rank: int,
) -> None:
    dossier = Dossier(
        frame_id=frame.id,
        code=f"{area.code}-{place:02}",
        unit_id=area.unit_id,
        field=area.stratum,
        channel=CHANNEL,
        received_on=wave.window_from,
        returned_on=wave.window_to,
        applicant="person",
    )
    session.add(dossier)
    session.flush()
    case = Case(
        wave_id=wave.id,
        draw_id=stored.id,
        dossier_id=dossier.id,
        unit_id=area.unit_id,
        stratum=area.stratum,
        role="main",
        rank=rank,
        inclusion_probability=area.probability,
        issued=False,
    )
    session.add(case)
    session.flush()
    session.add(HouseholdCase(case_id=case.id, area_id=area.id, place=place))
