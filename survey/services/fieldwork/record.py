"""What is published of released reserves: counts and codes per stratum, no case, no person."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.collation import sort_key
from survey.domain.disposition import MEANINGS
from survey.errors import Problem
from survey.store import contacts, waves
from survey.store.models import Case, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumRecord:
    """What the public may know of a stratum: counts and codes, no case and no person."""

    unit_code: str
    unit_name: str
    field: str
    n_main: int
    n_reserve: int
    n_released: int
    #: AAPOR code of the replaced cases -> how many.
    reasons: Mapping[str, int]


def strata(session: Session, slug: str) -> list[StratumRecord]:
    """Releases as they are published: one row a stratum of the draw.  Raises NotFound."""
    wave = waves.get(session, slug)
    reasons: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for made, reserve, _gone in contacts.releases(session, wave.id):
        reasons[reserve.unit_id, reserve.stratum][made.disposition] += 1
    rows = session.execute(
        select(
            Unit.id,
            Unit.code,
            Unit.name,
            Case.stratum,
            func.count().filter(Case.role == "main"),
            func.count().filter(Case.role == "reserve"),
        )
        .join(Unit, Unit.id == Case.unit_id)
        .where(Case.wave_id == wave.id)
        .group_by(Unit.id, Unit.code, Unit.name, Case.stratum)
    )
    found = [
        StratumRecord(
            unit_code=code,
            unit_name=name,
            field=field,
            n_main=main,
            n_reserve=reserve,
            n_released=reasons[unit_id, field].total(),
            reasons=dict(sorted(reasons[unit_id, field].items())),
        )
        for unit_id, code, name, field, main, reserve in rows
    ]
    return sorted(found, key=lambda row: (sort_key(row.unit_name), row.unit_code, row.field))


def faults(session: Session, slug: str) -> list[Problem]:
    """What in the stored cases does not fit the record of releases.  Raises NotFound.

    Every reserve in the field has its line, and in each stratum these are the first of the drawn
    order: somebody who changed the tables by hand would be found here.
    """
    wave = waves.get(session, slug)
    lines = {reserve.id: gone for _made, reserve, gone in contacts.releases(session, wave.id)}
    found: list[Problem] = []
    passed: set[tuple[int, str]] = set()
    for row in contacts.reserves(session, wave.id):
        facts = {"case": row.dossier_code}
        place = (row.unit_id, row.stratum)
        if not row.issued:
            passed.add(place)
        elif place in passed:
            found.append(
                Problem(
                    "record.order",
                    "Hồ sơ dự phòng %(case)s đã được thả trước hồ sơ đứng trên nó trong tầng.",
                    facts,
                )
            )
        if row.issued != (row.id in lines):
            found.append(
                Problem(
                    "record.no_line",
                    "Hồ sơ dự phòng %(case)s và sổ thả dự phòng không khớp nhau.",
                    facts,
                )
            )
        gone = lines.get(row.id)
        if gone is not None and (gone.unit_id, gone.stratum) != place:
            found.append(
                Problem(
                    "record.stratum",
                    "Hồ sơ dự phòng %(case)s thay cho hồ sơ của tầng khác.",
                    facts,
                )
            )
    return found


def record_csv(session: Session, slug: str) -> bytes:
    """The record for programs: one line a stratum and reason.  Raises NotFound."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        ["wave", "unit_code", "unit", "field", "main", "reserve", "released", "aapor", "replaced"]
    )
    for row in strata(session, slug):
        place = (slug, row.unit_code, row.unit_name, row.field, row.n_main, row.n_reserve)
        for code, n in row.reasons.items() or (("", 0),):
            writer.writerow([*place, row.n_released, code, n])
    return out.getvalue().encode("utf-8-sig")


def titles(code: str) -> Mapping[str, str]:
    """An AAPOR code in words."""
    return MEANINGS[code].titles
