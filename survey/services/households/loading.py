"""The frame of areas of a household round: read, checked and stored with its plan."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from survey.domain.household_round import WHOLE, Round, read_areas
from survey.errors import Conflict, InvalidInput, Problem
from survey.services.households import plan
from survey.store import audit, households, units, waves
from survey.store.models import Frame, HouseholdArea, SamplePlan, Wave

#: How the people of a household round are reached; dossiers of other waves name a channel.
CHANNEL = "tai_nha"
#: Bytes of a file of areas: some ten thousand villages.
LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class UnitLine:
    """The areas of one unit and stratum in the frame."""

    unit: str
    stratum: str
    n_areas: int
    n_households: int


def frame(session: Session, slug: str, language: str) -> list[UnitLine]:
    """What is loaded, by unit and stratum; [] if nothing is.  Raises NotFound."""
    wave = waves.get(session, slug)
    titles = wave.settings.get("fields", {})
    found: dict[tuple[str, str], list[int]] = {}
    for area in households.areas(session, wave.id):
        stratum = titles.get(area.stratum, {}).get(language, area.stratum)
        found.setdefault((area.unit.name, stratum), []).append(area.households)
    return [UnitLine(*key, len(sizes), sum(sizes)) for key, sizes in sorted(found.items())]


def load(session: Session, slug: str, content: bytes, *, name: str, by: str, now: datetime) -> int:
    """Store the frame of areas and with it the plan; how many.  Raises InvalidInput, Conflict."""
    wave, rules = waves.get(session, slug), plan.of_wave(session, slug)
    if waves.draw_of(session, wave.id) is not None:
        raise Conflict("Đợt “%(slug)s” đã rút mẫu.", code="draw.exists", slug=slug)
    found = read_areas(content)
    known = {unit.code: unit for unit in units.of_wave(session, wave.id)}
    faults = [
        Problem(
            "areas.unit",
            "Dòng %(row)s, khu vực “%(code)s”: đơn vị “%(unit)s” không thuộc đợt khảo sát.",
            {"row": row, "code": area.code, "unit": area.unit},
        )
        for row, area in enumerate(found, 2)
        if area.unit not in known
    ]
    if faults:
        raise InvalidInput(
            "Danh sách khu vực có %(n)s lỗi; chưa lưu gì.",
            faults,
            code="areas.invalid",
            n=len(faults),
        )
    session.execute(delete(HouseholdArea).where(HouseholdArea.wave_id == wave.id))
    for area in found:
        row = asdict(area) | {"wave_id": wave.id, "unit_id": known[area.unit].id}
        del row["unit"]
        session.add(HouseholdArea(**row))
    session.flush()
    _plan(session, wave, rules, content, name, by, now)
    _name_strata(wave, {area.stratum for area in found})
    audit.append(session, "areas.loaded", by=by, at=now, wave=slug, n=len(found))
    return len(found)


def _plan(
    session: Session, wave: Wave, rules: Round, content: bytes, name: str, by: str, now: datetime
) -> None:
    """Frame and plan as every wave has them: fixed, with digests, before any seed is known."""
    sha256 = hashlib.sha256(content).hexdigest()
    frame = next(
        (f for f in session.query(Frame).filter_by(wave_id=wave.id, sha256=sha256)), None
    ) or Frame(
        wave_id=wave.id, name=name, sha256=sha256, n_rows=0, n_dossiers=0, layout={},
        imported_at=now, imported_by=by,
    )  # fmt: skip
    session.add(frame)
    session.flush()
    definition = plan.definition(session, wave, rules, sha256)
    session.add(
        SamplePlan(
            wave_id=wave.id,
            frame_id=frame.id,
            definition=definition,
            sha256=plan.digest(definition),
            created_at=now,
            created_by=by,
        )  # fmt: skip
    )
    session.flush()


def _name_strata(wave: Wave, strata: set[str]) -> None:
    """Pages name strata and channels by the study's settings."""
    known = wave.settings["fields"]
    whole = {WHOLE: {"vi": "Hộ dân", "en": "Households"}}
    fields = {
        name: (known | whole).get(name) or {"vi": name, "en": name} for name in sorted(strata)
    }
    channels = {CHANNEL: {"vi": "Tại nhà", "en": "At home"}}
    wave.settings = {**wave.settings, "fields": fields, "channels": channels}
